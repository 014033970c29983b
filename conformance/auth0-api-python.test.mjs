// PyPI auth0-api-python, unmodified: an API of somebody else before our bound tokens.
import { judge } from './python.mjs';

await judge('auth0-api-python');
