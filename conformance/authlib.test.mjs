// PyPI Authlib, unmodified: its OAuth client, which knows no DPoP.
import { judge } from './python.mjs';

await judge('authlib');
