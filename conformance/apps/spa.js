// An app without a framework, as the SDK's documents show it. It says what it sees, and lends its SDK to the test.
import { createAuth0Client } from '@auth0/auth0-spa-js';

const main = document.querySelector('#root').appendChild(document.createElement('main'));
main.dataset.loading = 'true';

const client = await createAuth0Client(window.config);
window.sdk = {
  login: (options) => client.loginWithRedirect(options),
  logout: (options) => client.logout(options),
  token: (options) => client.getTokenSilently(options),
  fetcher: (options) => client.createFetcher(options),
  setNonce: (nonce, id) => client.setDpopNonce(nonce, id),
};
if (/[?&]code=/.test(location.search)) {
  await client.handleRedirectCallback();
  history.replaceState({}, '', '/');
}
const user = await client.getUser();
Object.assign(main.dataset, { in: String(Boolean(user)), loading: 'false', ...(user && { email: user.email }) });
