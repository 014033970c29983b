// A Vue app as its SDK's documents show it. It says what it sees, and lends its SDK to the test.
import { createApp, h } from 'vue';
import { createAuth0, useAuth0 } from '@auth0/auth0-vue';

const App = {
  setup() {
    const sdk = useAuth0();
    window.sdk = {
      login: (options) => sdk.loginWithRedirect(options),
      logout: (options) => sdk.logout(options),
      token: (options) => sdk.getAccessTokenSilently(options),
      fetcher: (options) => sdk.createFetcher(options),
      setNonce: (nonce, id) => sdk.setDpopNonce(nonce, id),
    };
    return () => h('main', {
      'data-loading': String(sdk.isLoading.value), 'data-in': String(sdk.isAuthenticated.value),
      'data-email': sdk.user.value?.email, 'data-error': sdk.error.value?.message,
    });
  },
};

createApp(App).use(createAuth0(window.config)).mount('#root');
