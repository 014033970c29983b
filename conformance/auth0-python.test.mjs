// PyPI auth0-python, unmodified, over TLS: an administrator's day in Python.
import { judge } from './python.mjs';

await judge('auth0-python');
