// The SDK as its documents show it. One build serves every test: the environment says which keys it has, and whether
// sessions lie in cookies or in a store.
import { Auth0Client } from '@auth0/nextjs-auth0/server';
import { generateKeyPair } from 'oauth4webapi';

const { APP_KEYS, APP_STORE, AUTH0_AUDIENCE: audience } = process.env;
const scope = 'openid profile email offline_access read:orders';

/** Sessions in memory: what back-channel logout can end. */
function store() {
  const sessions = new Map();
  return {
    get: async (id) => sessions.get(id) ?? null,
    set: async (id, session) => { sessions.set(id, session); },
    delete: async (id) => { sessions.delete(id); },
    deleteByLogoutToken: async ({ sid, sub }) => {
      for (const [id, { internal, user }] of sessions) if (sid ? internal.sid === sid : user.sub === sub) sessions.delete(id);
    },
  };
}

const make = async () => new Auth0Client({
  allowInsecureRequests: true,
  useDPoP: true,
  // Keys of the environment are the SDK's own business.
  ...(APP_KEYS === 'generated' && { dpopKeyPair: await generateKeyPair('ES256') }),
  ...(APP_STORE === 'memory' && { sessionStore: store() }),
  pushedAuthorizationRequests: true,
  authorizationParameters: { audience, scope },
});

// Next.js bundles each route by itself: they share what they must by the process.
export const auth0 = await (globalThis.auth0 ??= make());
