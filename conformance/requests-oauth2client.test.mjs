// PyPI requests-oauth2client, unmodified: DPoP with its nonces, pushed requests, signing clients, devices.
import { judge } from './python.mjs';

await judge('requests-oauth2client');
