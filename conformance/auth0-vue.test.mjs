// The newest @auth0/auth0-vue, unmodified, in a small app in Chromium.
import { judge } from './single-page.mjs';

await judge('auth0-vue', 'vue.js');
