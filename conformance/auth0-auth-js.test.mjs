// npm @auth0/auth0-auth-js, unmodified, over TLS. It knows no DPoP: where a test wants bound tokens, the app adds the
// proofs in `customFetch`, which is the SDK's own way out.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { AuthClient } from '@auth0/auth0-auth-js';
import * as dpop from 'dpop';
import { startTrusted, trustedAuthority, signInByForms, claims } from './harness.mjs';
import { ear, furnishBackend, signing, totp } from './backend.mjs';

await trustedAuthority();
let server;
let tenant;
let logouts;
before(async () => {
  server = await startTrusted();
  logouts = await ear();
  tenant = await furnishBackend(server, { oidc_logout: { backchannel_logout_urls: [logouts.url] } });
});
after(() => { logouts?.close(); return server?.stop(); });

const SCOPE = 'openid profile email offline_access read:entries';

/** The SDK, as this app made it. */
const sdk = (more = {}) => new AuthClient({
  domain: server.domain, clientId: tenant.web.client_id, clientSecret: tenant.web.client_secret,
  authorizationParams: { redirect_uri: tenant.callback, audience: tenant.audience, scope: SCOPE }, ...more,
});

/** What an app must add to have its tokens bound: a proof on each token request. */
async function proving() {
  const pair = await dpop.generateKeyPair('ES256');
  const customFetch = async (url, init) => {
    const { href, pathname } = new URL(url);
    if (pathname !== '/oauth/token') return fetch(url, init);
    const attempt = async (nonce) => {
      const proof = await dpop.generateProof(pair, href, init.method, nonce);
      return fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), dpop: proof } });
    };
    const first = await attempt();
    const nonce = first.headers.get('dpop-nonce');
    return first.status === 400 && nonce ? attempt(nonce) : first;
  };
  return { customFetch, jkt: await dpop.calculateThumbprint(pair.publicKey) };
}

async function login(client, { jar, ...options } = {}) {
  const { authorizationUrl, codeVerifier } = await client.buildAuthorizationUrl(options);
  const back = await signInByForms(authorizationUrl, tenant.person, tenant.callback, { jar });
  return { authorizationUrl, tokens: await client.getTokenByCode(back, { codeVerifier }) };
}

/** What a refused call says it was refused for. */
const cause = (error) => (expected) => {
  assert.equal(expected.cause?.error, error, `${expected.message}: ${JSON.stringify(expected.cause)}`);
  return true;
};

describe('auth0-auth-js', () => {
  for (const pushedAuthorizationRequests of [false, true]) {
    test(`logs in${pushedAuthorizationRequests ? ' by a pushed request' : ''}, refreshes, asks who it is, and revokes`, async () => {
      const client = sdk();
      const { authorizationUrl, tokens } = await login(client, { pushedAuthorizationRequests });
      assert.equal(authorizationUrl.searchParams.has('request_uri'), pushedAuthorizationRequests);
      assert.equal(authorizationUrl.searchParams.has('code_challenge'), !pushedAuthorizationRequests);
      assert.equal(tokens.claims.email, tenant.person.email);
      const access = claims(tokens.accessToken);
      assert.deepEqual([access.iss, access.sub, access.cnf], [server.issuer, tenant.person.sub, undefined]);
      const next = await client.getTokenByRefreshToken({ refreshToken: tokens.refreshToken });
      assert.notEqual(next.refreshToken, tokens.refreshToken, 'refresh tokens rotate');
      const me = await client.getUserInfo({ accessToken: next.accessToken, expectedSubject: tenant.person.sub });
      assert.equal(me.email, tenant.person.email);
      await client.revokeToken({ token: next.refreshToken, tokenTypeHint: 'refresh_token' });
      await assert.rejects(client.getTokenByRefreshToken({ refreshToken: next.refreshToken }), cause('invalid_grant'));
    });
  }

  test('a spent refresh token takes its whole family along', async () => {
    const client = sdk();
    const { tokens } = await login(client);
    const next = await client.getTokenByRefreshToken({ refreshToken: tokens.refreshToken });
    await assert.rejects(client.getTokenByRefreshToken({ refreshToken: tokens.refreshToken }), cause('invalid_grant'));
    await assert.rejects(client.getTokenByRefreshToken({ refreshToken: next.refreshToken }), cause('invalid_grant'));
  });

  for (const alg of ['ES256', 'RS256', 'PS256']) {
    test(`a client that signs who it is (${alg}) logs in and gets tokens of its own`, async () => {
      const { client_id: clientId, pem } = await signing(tenant, alg);
      const client = sdk({
        clientId, clientSecret: undefined, clientAssertionSigningKey: pem, clientAssertionSigningAlg: alg,
      });
      const { tokens } = await login(client, { pushedAuthorizationRequests: true });
      assert.equal(tokens.claims.aud, clientId);
      const own = await client.getTokenByClientCredentials({ audience: tenant.audience });
      assert.equal(claims(own.accessToken).sub, `${clientId}@clients`);
    });
  }

  test('a wrong secret is refused in Auth0’s words', async () => {
    await assert.rejects(sdk({ clientSecret: 'not the secret' }).getTokenByClientCredentials({ audience: tenant.audience }),
      cause('access_denied'));
  });

  test('an API that demands DPoP gives nothing to an SDK that has none, and a bound token to an app that proves', async () => {
    await assert.rejects(sdk().getTokenByClientCredentials({ audience: tenant.bound }), cause('invalid_dpop_proof'));
    const { customFetch, jkt } = await proving();
    const token = await sdk({ customFetch }).getTokenByClientCredentials({ audience: tenant.bound });
    assert.deepEqual([token.tokenType.toLowerCase(), claims(token.accessToken).cnf], ['dpop', { jkt }]);
  });

  test('an app that proves logs in, and its bound token is worth nothing as a Bearer', async () => {
    const { customFetch, jkt } = await proving();
    const client = sdk({ customFetch });
    const { tokens } = await login(client, { pushedAuthorizationRequests: true });
    assert.deepEqual(claims(tokens.accessToken).cnf, { jkt });
    const next = await client.getTokenByRefreshToken({ refreshToken: tokens.refreshToken });
    assert.deepEqual(claims(next.accessToken).cnf, { jkt });
    await assert.rejects(sdk().getUserInfo({ accessToken: next.accessToken }), { name: 'UserInfoError' });
  });

  test('passwords, by realm too; a wrong one is refused', async () => {
    const client = sdk();
    const { email: username, password } = tenant.person;
    for (const realm of [undefined, 'Username-Password-Authentication']) {
      const tokens = await client.getTokenByPassword({ username, password, realm, audience: tenant.audience, scope: SCOPE });
      assert.equal(tokens.claims.sub, tenant.person.sub);
    }
    await assert.rejects(client.getTokenByPassword({ username, password: 'wrong' }), cause('invalid_grant'));
  });

  test('somebody signs up, and signs in', async () => {
    const client = sdk();
    const [email, password] = ['new@example.com', 'Another-Horse-8-Battery'];
    const made = await client.database.signUp({ email, password, connection: 'Username-Password-Authentication' });
    assert.equal(made.email, email);
    const tokens = await client.getTokenByPassword({ username: email, password, scope: 'openid email' });
    assert.equal(tokens.claims.email, email);
  });

  test('a session that ends is told to the app, and the token says which', async () => {
    const client = sdk();
    const jar = new Map();
    const { tokens } = await login(client, { jar });
    const url = await client.buildLogoutUrl({ returnTo: 'http://localhost:1/' });
    await signInByForms(url, {}, 'http://localhost:1/', { jar });
    const said = await client.verifyLogoutToken({ logoutToken: await logouts.heard(tokens.claims.sid) });
    assert.deepEqual([said.sub, said.sid], [tenant.person.sub, tokens.claims.sid]);
  });

  test('a second factor is enrolled, asked for, and replaced by the recovery code', async () => {
    await tenant.api('PUT', 'guardian/factors/otp', { enabled: true });
    await tenant.api('PUT', 'guardian/factors/recovery-code', { enabled: true });
    await tenant.api('PUT', 'guardian/policies', ['all-applications']);
    const client = sdk();
    const { email: username, password } = tenant.person;
    const ask = () => client.getTokenByPassword({ username, password, audience: tenant.audience, scope: SCOPE })
      .then(() => assert.fail('no second factor was asked for'), (error) => {
        assert.equal(error.cause.error, 'mfa_required', error.message);
        return error.cause.mfa_token;
      });
    const first = await ask();
    const enrolled = await client.mfa.enrollAuthenticator({ mfaToken: first, authenticatorTypes: ['otp'] });
    const otp = totp(enrolled.secret);
    const confirmed = await client.mfa.verify({ mfaToken: first, factorType: 'otp', otp });
    assert.equal(claims(confirmed.accessToken).sub, tenant.person.sub);
    const second = await ask();
    const there = await client.mfa.listAuthenticators({ mfaToken: second });
    assert.ok(there.some(({ active, authenticatorType }) => active && authenticatorType === 'otp'), JSON.stringify(there));
    await assert.rejects(client.mfa.verify({ mfaToken: second, factorType: 'otp', otp }), 'a code is good once');
    const recovered = await client.mfa.verify({
      mfaToken: second, factorType: 'recovery-code', recoveryCode: enrolled.recoveryCodes[0],
    });
    assert.ok(recovered.recoveryCode, 'a new recovery code');
  });
});
