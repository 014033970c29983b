// npm @auth0/auth0-server-js, unmodified, over TLS: what a web server with sessions does. It knows no DPoP.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { CookieTransactionStore, ServerClient, StatefulStateStore, StatelessStateStore } from '@auth0/auth0-server-js';
import { startTrusted, trustedAuthority, signInByForms, claims } from './harness.mjs';
import { ear, furnishBackend, lettersOf } from './backend.mjs';

await trustedAuthority();
let server;
let tenant;
let logouts;
before(async () => {
  server = await startTrusted();
  logouts = await ear();
  tenant = await furnishBackend(server, {
    oidc_logout: { backchannel_logout_urls: [logouts.url] },
    async_approval_notification_channels: ['email'],
    grant_types: ['authorization_code', 'refresh_token', 'urn:openid:params:grant-type:ciba',
      'http://auth0.com/oauth/grant-type/passwordless/otp'],
    refresh_token: {
      rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0,
      policies: [{ audience: 'https://demo.example/', scope: ['read:demo'] }],
    },
  });
});
after(() => { logouts?.close(); return server?.stop(); });

/** A web server: its SDK, and the browser of whoever stands before it (`storeOptions`). */
function webServer({ stateful = false, ...more } = {}) {
  const secret = 'a secret of a test, long enough for the store';
  const cookies = {
    setCookie: (name, value, _, browser) => browser.cookies.set(name, value),
    getCookie: (name, browser) => browser.cookies.get(name),
    getCookies: (browser) => Object.fromEntries(browser.cookies),
    deleteCookie: (name, browser) => browser.cookies.delete(name),
  };
  const sessions = new Map();
  const store = {
    set: async (id, state) => { sessions.set(id, state); },
    get: async (id) => sessions.get(id),
    delete: async (id) => { sessions.delete(id); },
    deleteByLogoutToken: async ({ sid, sub }) => {
      for (const [id, { internal, user }] of sessions) if (internal.sid === sid || (!sid && user.sub === sub)) sessions.delete(id);
    },
  };
  const sdk = new ServerClient({
    domain: server.domain, clientId: tenant.web.client_id, clientSecret: tenant.web.client_secret,
    authorizationParams: { redirect_uri: tenant.callback, audience: tenant.audience, scope: 'openid profile email offline_access read:entries' },
    transactionStore: new CookieTransactionStore({ secret }, cookies),
    stateStore: stateful ? new StatefulStateStore({ secret, store }, cookies) : new StatelessStateStore({ secret }, cookies),
    ...more,
  });
  return { sdk, sessions };
}

const browser = () => ({ cookies: new Map(), jar: new Map() });

async function login(sdk, person, options) {
  const url = await sdk.startInteractiveLogin({ appState: { to: '/ledger' }, ...options }, person);
  const back = await signInByForms(url, tenant.person, tenant.callback, { jar: person.jar });
  return sdk.completeInteractiveLogin(back, person);
}

describe('auth0-server-js', () => {
  for (const pushedAuthorizationRequests of [false, true]) {
    test(`a person signs in${pushedAuthorizationRequests ? ' by a pushed request' : ''}, stays, and signs out`, async () => {
      const { sdk } = webServer();
      const person = browser();
      const { appState } = await login(sdk, person, { pushedAuthorizationRequests });
      assert.deepEqual(appState, { to: '/ledger' });
      assert.equal((await sdk.getUser(person)).email, tenant.person.email);
      const { refreshToken } = await sdk.getSession(person);
      const { accessToken } = await sdk.getAccessToken(person);
      assert.equal(claims(accessToken).sub, tenant.person.sub);
      assert.equal((await sdk.getAccessToken(person)).accessToken, accessToken, 'kept');
      await signInByForms(await sdk.logout({ returnTo: 'http://localhost:1/' }, person), {}, 'http://localhost:1/', { jar: person.jar });
      assert.equal(await sdk.getUser(person), undefined);
      await assert.rejects(sdk.authClient.getTokenByRefreshToken({ refreshToken }), ({ cause }) => cause.error === 'invalid_grant');
    });
  }

  test('somebody else’s callback is not one’s own', async () => {
    const { sdk } = webServer();
    const [grace, mallory] = [browser(), browser()];
    const url = await sdk.startInteractiveLogin({}, grace);
    const back = await signInByForms(url, tenant.person, tenant.callback);
    await assert.rejects(sdk.completeInteractiveLogin(back, mallory), { code: 'missing_transaction_error' });
    assert.equal(await sdk.getUser(mallory), undefined);
  });

  test('one refresh token serves a second API, downscoped by policy, and rotates', async () => {
    await tenant.api('POST', 'resource-servers', {
      name: 'Demo', identifier: 'https://demo.example/', allow_offline_access: true,
      scopes: [{ value: 'read:demo', description: 'Read' }, { value: 'write:demo', description: 'Write' }],
    });
    const { sdk } = webServer();
    const person = browser();
    await login(sdk, person);
    const { refreshToken } = await sdk.getSession(person);
    const { accessToken } = await sdk.getAccessToken({ audience: 'https://demo.example/', scope: 'openid read:demo write:demo' }, person);
    const token = claims(accessToken);
    assert.ok([token.aud].flat().includes('https://demo.example/'), JSON.stringify(token.aud));
    const scopes = token.scope.split(' ');
    assert.deepEqual([scopes.includes('read:demo'), scopes.includes('write:demo')], [true, false], token.scope);
    assert.notEqual((await sdk.getSession(person)).refreshToken, refreshToken, 'refresh tokens rotate');
  });

  test('a session that ends elsewhere ends here', async () => {
    const { sdk, sessions } = webServer({ stateful: true });
    const person = browser();
    await login(sdk, person);
    assert.equal(sessions.size, 1);
    const end = await sdk.authClient.buildLogoutUrl({ returnTo: 'http://localhost:1/' });
    await signInByForms(end, {}, 'http://localhost:1/', { jar: person.jar });
    const token = await logouts.heard(claims((await sdk.getSession(person)).idToken).sid);
    const [header, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims(token), sid: 'another' })).toString('base64url');
    await assert.rejects(sdk.handleBackchannelLogout([header, forged, signature].join('.'), person));
    assert.equal(sessions.size, 1, 'a forged token ends nothing');
    await sdk.handleBackchannelLogout(token, person);
    assert.equal(sessions.size, 0);
    assert.equal(await sdk.getUser(person), undefined);
  });

  test('a code by email signs in', async () => {
    const letters = lettersOf(server);
    await tenant.api('PATCH', `connections/${(await tenant.api('GET', 'connections?strategy=email'))[0].id}`, {
      enabled_clients: [tenant.web.client_id],
    });
    const { sdk } = webServer();
    const person = browser();
    const email = tenant.person.email;
    await sdk.startPasswordless({ connection: 'email', email }, person);
    const code = await letters(email, /\b\d{6}\b(?=\s)/);
    const complete = (verificationCode) => sdk.completePasswordless({ connection: 'email', email, verificationCode }, person);
    await assert.rejects(complete(code === '000000' ? '111111' : '000000'), { code: 'passwordless_verify_error' });
    await complete(code);
    assert.equal((await sdk.getUser(person)).email, email);
  });

  test('a person who is called approves, and is signed in here', async () => {
    const letters = lettersOf(server);
    const { sdk } = webServer();
    const person = browser();
    const called = sdk.loginBackchannel({
      bindingMessage: 'Ledger 42', loginHint: { sub: tenant.person.sub },
    }, person);
    const link = await letters(tenant.person.email, /https:\/\/\S+(?=\s)/);
    await signInByForms(link, tenant.person, tenant.callback, { ends: /You approved it/ });
    await called;
    assert.equal((await sdk.getUser(person)).sub, tenant.person.sub);
  });
});
