// npm auth0, unmodified, over TLS: its ManagementClient through a day of an administrator's, from a tenant with nothing in
// it to people who sign in for tokens that only their keys can use, and what becomes of them.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { scryptSync, randomBytes } from 'node:crypto';
import { ManagementClient } from 'auth0';
import * as oauth from 'oauth4webapi';
import { anotherMachine, claims, signInByForms, startTrusted, trustedAuthority } from './harness.mjs';

await trustedAuthority();
const AUDIENCE = 'https://orders.example/';
const CALLBACK = 'http://localhost:1/callback';
const ADA = { email: 'ada@orders.example', password: 'Correct-Horse-7-Battery' };

let server;
let management;
const made = {};
before(async () => {
  server = await startTrusted(await anotherMachine());
  const { client_id: clientId, client_secret: clientSecret } = server.management;
  management = new ManagementClient({ domain: server.domain, clientId, clientSecret });
});
after(() => server?.stop());

/** Everything a list has, page by page. */
async function all(list) {
  const found = [];
  for await (const one of await list) found.push(one);
  return found;
}

/** Signs somebody in to the app, for tokens bound to a key of their own. */
async function login(person, app = made.app) {
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
  const client = { client_id: app.client_id };
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: CALLBACK, response_type: 'code', state, audience: AUDIENCE,
    scope: 'openid profile email offline_access read:orders write:orders',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = oauth.validateAuthResponse(as, client, await signInByForms(url, person, CALLBACK), state);
  const asked = async (request, read) => {
    const attempt = async () => read(as, client, await request());
    return attempt().catch((error) => { if (oauth.isDPoPNonceError(error)) return attempt(); throw error; });
  };
  const tokens = await asked(
    () => oauth.authorizationCodeGrantRequest(as, client, oauth.None(), back, CALLBACK, verifier, { DPoP }),
    oauth.processAuthorizationCodeResponse);
  const refresh = () => asked(
    () => oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token, { DPoP }),
    oauth.processRefreshTokenResponse);
  return { tokens, refresh, key: await DPoP.calculateThumbprint() };
}

const refused = (statusCode) => (error) => {
  assert.equal(error.statusCode, statusCode, error.message);
  return true;
};

describe('a day of an administrator', () => {
  test('the tenant is given a name, and says it again', async () => {
    await management.tenants.settings.update({ friendly_name: 'Orders Inc.', support_email: 'help@orders.example' });
    const settings = await management.tenants.settings.get();
    assert.deepEqual([settings.friendly_name, settings.support_email], ['Orders Inc.', 'help@orders.example']);
    await assert.rejects(management.tenants.settings.update({ friendlyName: 'a slip' }), refused(400));
  });

  test('an API is described, found by its identifier, and wants keys', async () => {
    made.api = await management.resourceServers.create({
      name: 'Orders', identifier: AUDIENCE, allow_offline_access: true,
      scopes: [{ value: 'read:orders', description: 'Read orders' }, { value: 'write:orders', description: 'Write orders' }],
    });
    await management.resourceServers.update(made.api.id, {
      proof_of_possession: { mechanism: 'dpop', required: true }, enforce_policies: true, token_dialect: 'access_token_authz',
    });
    const found = await management.resourceServers.get(AUDIENCE);
    assert.deepEqual(found.proof_of_possession, { mechanism: 'dpop', required: true });
    await assert.rejects(management.resourceServers.create({ identifier: AUDIENCE }), refused(409));
  });

  test('an app and a machine are registered', async () => {
    made.app = await management.clients.create({
      name: 'Shop', app_type: 'native', token_endpoint_auth_method: 'none', callbacks: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'], oidc_conformant: true,
      refresh_token: { rotation_type: 'non-rotating', expiration_type: 'non-expiring' },
    });
    made.machine = await management.clients.create({
      name: 'Night job', app_type: 'non_interactive', grant_types: ['client_credentials'],
    });
    await management.clientGrants.create({ client_id: made.machine.client_id, audience: AUDIENCE, scope: ['read:orders'] });
    const before = made.machine.client_secret;
    const { client_secret: after } = await management.clients.rotateSecret(made.machine.client_id);
    assert.notEqual(after, before);
    assert.equal((await management.clients.get(made.machine.client_id)).client_secret, after);
  });

  test('a directory is made, and opened to the app alone', async () => {
    made.directory = await management.connections.create({ name: 'Staff', strategy: 'auth0', options: { passwordPolicy: 'good' } });
    await management.connections.clients.update(made.directory.id, [{ client_id: made.app.client_id, status: true }]);
    const open = await all(management.connections.clients.get(made.directory.id));
    assert.deepEqual(open.map(({ client_id: id }) => id), [made.app.client_id]);
    const builtIn = await all(management.connections.list({ name: 'Username-Password-Authentication' }));
    // The one that is there from the beginning is open to every application, until somebody says otherwise.
    await management.connections.update(builtIn[0].id, { is_domain_connection: false });
  });

  test('somebody is hired, and may do what their role lets them', async () => {
    made.ada = await management.users.create({ connection: 'Staff', ...ADA, email_verified: true, app_metadata: { desk: 7 } });
    await management.users.update(made.ada.user_id, { app_metadata: { floor: 2 }, user_metadata: { theme: 'dark' } });
    const { app_metadata: metadata } = await management.users.get(made.ada.user_id);
    assert.deepEqual(metadata, { desk: 7, floor: 2 });
    made.role = await management.roles.create({ name: 'Clerk', description: 'Reads orders' });
    await management.roles.permissions.add(made.role.id, {
      permissions: [{ permission_name: 'read:orders', resource_server_identifier: AUDIENCE }],
    });
    await management.users.roles.assign(made.ada.user_id, { roles: [made.role.id] });
    assert.deepEqual((await all(management.users.roles.list(made.ada.user_id))).map(({ name }) => name), ['Clerk']);
    assert.deepEqual((await all(management.roles.users.list(made.role.id))).map(({ user_id: id }) => id), [made.ada.user_id]);
  });

  test('they sign in for a token that is bound to their key, and carries their permissions', async () => {
    const { tokens, key } = await login(ADA);
    const told = claims(tokens.access_token);
    assert.deepEqual([told.cnf, told.permissions, told.sub], [{ jkt: key }, ['read:orders'], made.ada.user_id]);
    assert.equal(tokens.token_type, 'dpop');
  });

  test('everybody else comes from another system, with the password they had there', async () => {
    const salt = randomBytes(16);
    const hash = scryptSync('A-Password-From-Before-1', salt, 32, { N: 16_384, r: 8, p: 1 });
    const people = [
      { email: 'grace@orders.example', email_verified: true, custom_password_hash: {
        algorithm: 'scrypt', keylen: 32, cost: 16_384, blockSize: 8, parallelization: 1,
        hash: { value: hash.toString('hex'), encoding: 'hex' }, salt: { value: salt.toString('hex'), encoding: 'hex' },
      } },
      { email: 'no address at all' },
    ];
    const job = await management.jobs.usersImports.create({
      users: new Blob([JSON.stringify(people)], { type: 'application/json' }), connection_id: made.directory.id,
    });
    const { summary } = await finished(job.id);
    assert.deepEqual([summary.total, summary.inserted, summary.failed], [2, 1, 1]);
    const errors = await management.jobs.errors.get(job.id);
    assert.equal(errors.length, 1);
    await login({ email: 'grace@orders.example', password: 'A-Password-From-Before-1' });
    await assert.rejects(login({ email: 'grace@orders.example', password: 'Another-Password-1' }));
  });

  test('who is there is found, and counted', async () => {
    const { data: [ada] } = await management.users.list({ q: 'app_metadata.floor:2', search_engine: 'v3' });
    assert.equal(ada.user_id, made.ada.user_id);
    const byEmail = await management.users.listUsersByEmail({ email: ADA.email });
    assert.deepEqual(byEmail.map(({ user_id: id }) => id), [made.ada.user_id]);
    assert.equal(await management.stats.getActiveUsersCount(), 2);
  });

  test('what happened is in the log, what the administrator did too', async () => {
    const entries = await all(management.logs.list({ per_page: 50, sort: 'date:-1' }));
    const kinds = new Set(entries.map(({ type }) => type));
    assert.ok(kinds.has('s') && kinds.has('fp') && kinds.has('sapi'), [...kinds].join());
    const own = await all(management.users.logs.list(made.ada.user_id));
    assert.ok(own.some(({ type }) => type === 's'));
    assert.equal((await management.logs.get(own[0].log_id)).log_id, own[0].log_id);
  });

  test('a session is ended, and what it could be refreshed with', async () => {
    const { refresh } = await login(ADA);
    await refresh();
    const sessions = await all(management.users.sessions.list(made.ada.user_id));
    assert.ok(sessions.length > 0);
    await management.sessions.revoke(sessions[0].id);
    const kept = await all(management.users.refreshToken.list(made.ada.user_id));
    assert.ok(kept.length > 0);
    for (const { id } of kept) await management.refreshTokens.delete(id);
    await assert.rejects(refresh(), (error) => error.error === 'invalid_grant');
  });

  test('a forgotten password is set by a ticket', async () => {
    const { ticket } = await management.tickets.changePassword({ user_id: made.ada.user_id, ttl_sec: 600 });
    const page = await fetch(ticket);
    assert.equal(page.status, 200, await page.text());
  });

  test('somebody leaves, and does not come in again', async () => {
    await management.users.update(made.ada.user_id, { blocked: true });
    await assert.rejects(login(ADA));
    await management.users.delete(made.ada.user_id);
    await assert.rejects(management.users.get(made.ada.user_id), refused(404));
  });

  test('what was made is taken away, and nothing is left of it', async () => {
    await management.roles.delete(made.role.id);
    await management.clients.delete(made.app.client_id);
    await management.clients.delete(made.machine.client_id);
    await management.connections.delete(made.directory.id);
    await management.resourceServers.delete(made.api.id);
    const grants = await all(management.clientGrants.list({ audience: AUDIENCE }));
    assert.deepEqual(grants, []);
    await assert.rejects(management.clients.get(made.app.client_id), refused(404));
  });
});

/** A job, when it has come to its end. */
async function finished(id) {
  for (let i = 0; i < 600; i += 1) {
    const job = await management.jobs.get(id);
    if (job.status === 'completed') return job;
    assert.notEqual(job.status, 'failed', JSON.stringify(job));
    await sleep(100);
  }
  throw new Error(`job ${id} does not end`);
}
