// A React app as its SDK's documents show it. It says what it sees, and lends its SDK to the test.
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Auth0Provider, useAuth0 } from '@auth0/auth0-react';

function App() {
  const sdk = useAuth0();
  useEffect(() => {
    window.sdk = {
      login: (options) => sdk.loginWithRedirect(options),
      logout: (options) => sdk.logout(options),
      token: (options) => sdk.getAccessTokenSilently(options),
      fetcher: (options) => sdk.createFetcher(options),
      setNonce: (nonce, id) => sdk.setDpopNonce(nonce, id),
    };
  });
  return <main data-loading={sdk.isLoading} data-in={sdk.isAuthenticated} data-email={sdk.user?.email} data-error={sdk.error?.message} />;
}

createRoot(document.getElementById('root')).render(<Auth0Provider {...window.config}><App /></Auth0Provider>);
