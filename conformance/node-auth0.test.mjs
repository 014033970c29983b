// npm auth0, unmodified, over TLS: the AuthenticationClient of `auth0/legacy`, and the ManagementClient.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { ManagementClient } from 'auth0';
import { AuthenticationClient, UserInfoClient } from 'auth0/legacy';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import { startTrusted, trustedAuthority, signInByForms, claims } from './harness.mjs';
import { furnishBackend, lettersOf, signing } from './backend.mjs';

await trustedAuthority();
let server;
let tenant;
before(async () => {
  server = await startTrusted();
  tenant = await furnishBackend(server, {
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'password',
      'http://auth0.com/oauth/grant-type/password-realm', 'http://auth0.com/oauth/grant-type/passwordless/otp'],
  });
});
after(() => server?.stop());

const SCOPE = 'openid profile email offline_access read:entries';

const sdk = (more = {}) => new AuthenticationClient({
  domain: server.domain, clientId: tenant.web.client_id, clientSecret: tenant.web.client_secret, ...more,
});

/** The code flow; the SDK builds no address, so the app does. */
async function login(auth, clientId, { pushed = false } = {}) {
  const verifier = generateRandomCodeVerifier();
  const nonce = generateRandomCodeVerifier();
  const asked = {
    response_type: 'code', redirect_uri: tenant.callback, scope: SCOPE, audience: tenant.audience, nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  const { data } = pushed ? await auth.oauth.pushedAuthorization({ client_id: clientId, ...asked }) : { data: asked };
  const query = pushed ? { request_uri: data.request_uri } : asked;
  const url = `${server.issuer}authorize?${new URLSearchParams({ client_id: clientId, ...query })}`;
  const back = await signInByForms(url, tenant.person, tenant.callback);
  const redeem = (expected) => auth.oauth.authorizationCodeGrantWithPKCE(
    { code: back.searchParams.get('code'), redirect_uri: tenant.callback, code_verifier: verifier },
    { idTokenValidateOptions: { nonce: expected } });
  return { redeem, nonce };
}

const refused = (error, status) => (caught) => {
  assert.deepEqual([caught.name, caught.error, caught.statusCode], ['AuthApiError', error, status], caught.message);
  return true;
};

describe('node-auth0', () => {
  for (const pushed of [false, true]) {
    test(`logs in${pushed ? ' by a pushed request' : ''}, refreshes, asks who it is, and revokes`, async () => {
      const auth = sdk();
      const { redeem, nonce } = await login(auth, tenant.web.client_id, { pushed });
      const { data: tokens } = await redeem(nonce);
      assert.equal(claims(tokens.id_token).sub, tenant.person.sub);
      const { data: next } = await auth.oauth.refreshTokenGrant({ refresh_token: tokens.refresh_token });
      assert.notEqual(next.refresh_token, tokens.refresh_token, 'refresh tokens rotate');
      const { data: me } = await new UserInfoClient({ domain: server.domain }).getUserInfo(next.access_token);
      assert.equal(me.email, tenant.person.email);
      await auth.oauth.revokeRefreshToken({ token: next.refresh_token });
      await assert.rejects(auth.oauth.refreshTokenGrant({ refresh_token: next.refresh_token }), refused('invalid_grant', 403));
    });
  }

  test('an ID token for another sign-in is not taken', async () => {
    const { redeem } = await login(sdk(), tenant.web.client_id);
    await assert.rejects(redeem('another nonce'), /Nonce \(nonce\) claim mismatch/);
  });

  test('a client that signs who it is', async () => {
    for (const clientAssertionSigningAlg of ['RS256', 'PS256']) {
      const { client_id: clientId, pem } = await signing(tenant, clientAssertionSigningAlg);
      const auth = sdk({ clientId, clientSecret: undefined, clientAssertionSigningKey: pem, clientAssertionSigningAlg });
      const { redeem, nonce } = await login(auth, clientId, { pushed: true });
      assert.equal(claims((await redeem(nonce)).data.id_token).aud, clientId);
      const { data } = await auth.oauth.clientCredentialsGrant({ audience: tenant.audience });
      assert.equal(claims(data.access_token).sub, `${clientId}@clients`);
    }
  });

  test('a machine gets a token, with its secret alone, and none that must be bound', async () => {
    const { data } = await sdk().oauth.clientCredentialsGrant({ audience: tenant.audience });
    assert.deepEqual([data.token_type, claims(data.access_token).cnf], ['Bearer', undefined]);
    await assert.rejects(sdk({ clientSecret: 'not the secret' }).oauth.clientCredentialsGrant({ audience: tenant.audience }),
      refused('access_denied', 401));
    await assert.rejects(sdk().oauth.clientCredentialsGrant({ audience: tenant.bound }), refused('invalid_dpop_proof', 400));
  });

  test('a person signs up, and in by password, by realm too', async () => {
    const auth = sdk();
    const [email, password] = ['ida@example.com', 'Another-Horse-8-Battery'];
    const connection = 'Username-Password-Authentication';
    assert.equal((await auth.database.signUp({ email, password, connection })).data.email, email);
    for (const realm of [undefined, connection]) {
      const { data } = await auth.oauth.passwordGrant({ username: email, password, ...(realm && { realm }), scope: 'openid email' });
      assert.equal(claims(data.id_token).email, email);
    }
    await assert.rejects(auth.oauth.passwordGrant({ username: email, password: 'wrong' }), refused('invalid_grant', 403));
  });

  test('a code by email signs in', async () => {
    const [connection] = await tenant.api('GET', 'connections?strategy=email');
    await tenant.api('PATCH', `connections/${connection.id}`, { enabled_clients: [tenant.web.client_id] });
    const letters = lettersOf(server);
    const auth = sdk();
    const { email } = tenant.person;
    await auth.passwordless.sendEmail({ email, send: 'code' });
    const code = await letters(email, /\b\d{6}\b(?=\s)/);
    const { data } = await auth.passwordless.loginWithEmail({ email, code, scope: 'openid email' });
    assert.equal(claims(data.id_token).email, email);
    await assert.rejects(auth.passwordless.loginWithEmail({ email, code }), refused('invalid_grant', 403));
  });

  test('the Management API, page by page', async () => {
    const { client_id: clientId, client_secret: clientSecret } = server.management;
    const management = new ManagementClient({ domain: server.domain, clientId, clientSecret });
    const made = await management.clients.create({ name: 'By the SDK', app_type: 'spa', callbacks: ['http://localhost:1/'] });
    await management.clients.update(made.client_id, { name: 'By the SDK, changed' });
    assert.equal((await management.clients.get(made.client_id)).name, 'By the SDK, changed');
    const seen = new Set();
    for await (const client of await management.clients.list({ per_page: 2 })) seen.add(client.client_id);
    assert.ok(seen.has(made.client_id) && seen.has(tenant.web.client_id), 'every page was read');
    await management.clients.delete(made.client_id);
    await assert.rejects(management.clients.get(made.client_id), { statusCode: 404 });
    const { data: [person] } = await management.users.list({ q: `email:"${tenant.person.email}"` });
    assert.equal(person.user_id, tenant.person.sub);
  });
});
