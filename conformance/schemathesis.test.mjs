// PyPI schemathesis and openapi-spec-validator, unmodified: the document that the server publishes, and the server asked
// whatever that document allows and forbids.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { administer, scratch, startServe } from './harness.mjs';

const PYTHON = process.env.KEYBOUND_PYTHON;
if (!PYTHON) throw new Error('KEYBOUND_PYTHON is not set: run this through `cargo xtask test --only schemathesis`');

const RULES = fileURLToPath(new URL('python/schemathesis.toml', import.meta.url));
const program = (name) => join(dirname(PYTHON), name);

/** Runs a program of the judges' to its end. */
async function run(name, args) {
  const child = spawn(program(name), args, {
    cwd: scratch(), stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PYTHONHASHSEED: '0' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  return { code, said };
}

describe('the document', () => {
  let server;
  before(async () => { server = await startServe(); });
  after(() => server?.stop());

  test('it is valid OpenAPI, and the copy in the documentation says the same', async () => {
    const answer = await fetch(new URL('api/v2/openapi.json', server.issuer));
    assert.equal(answer.status, 200);
    const text = await answer.text();
    const file = join(scratch(), 'openapi.json');
    writeFileSync(file, text);
    const { code, said } = await run('openapi-spec-validator', [file]);
    assert.equal(code, 0, said);
    const ours = readFileSync(new URL('../docs/reference/openapi.json', import.meta.url), 'utf8');
    const here = text.replaceAll(server.issuer.replace(/\/$/, ''), 'https://id.example.com');
    assert.deepEqual(JSON.parse(here), JSON.parse(ours));
  });
});

/** A server whose limits nobody reaches, who may ask it anything, and what there is to ask for. */
async function open() {
  const file = join(scratch(), 'keybound.toml');
  writeFileSync(file, 'registration = "open"\n[limits]\nrates = "off"\n');
  const server = await startServe({ args: ['--config', file] });
  const api = await administer(server);
  const client = await api('POST', 'clients', {
    name: 'Judge', app_type: 'regular_web', grant_types: GRANTS, callbacks: ['https://app.example/cb'],
  });
  const answer = await fetch(new URL('oauth/token', server.issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials', audience: `${server.issuer}api/v2/`, ...server.management,
    }),
  });
  const { access_token: token } = await answer.json();
  const rules = join(scratch(), 'schemathesis.toml');
  writeFileSync(rules, `${readFileSync(RULES, 'utf8')}\n${named(await furnish(api, client))}`);
  return { server, client, token, rules };
}

/** Enough of each kind that some are left when others are deleted, and one organization and one client with all. */
async function furnish(api, judge) {
  const many = (make) => Promise.all(Array.from({ length: 12 }, (_, at) => make(at)));
  const ids = (list, name = 'id') => list.map((one) => one[name]);
  const audience = 'https://orders.example/';
  await api('POST', 'resource-servers', { identifier: audience, scopes: [{ value: 'read:orders' }] });
  await api('POST', 'client-grants', { client_id: judge.client_id, audience, scope: ['read:orders'] });
  const made = await many((at) => api('POST', 'clients', {
    name: `App ${at}`, app_type: 'regular_web', initiate_login_uri: 'https://app.example/login',
  }));
  const [client, ...clients] = ids(made, 'client_id');
  const connections = ids(await many((at) => api('POST', 'connections', {
    name: `Staff${at}`, strategy: 'auth0', options: { passwordPolicy: 'none' },
  })));
  const users = ids(await many((at) => api('POST', 'users', {
    connection: 'Username-Password-Authentication', email: `person${at}@example.com`, password: 'Correct-Horse-7-Battery',
  })), 'user_id');
  const grants = ids(await Promise.all(clients.map((client_id) => api('POST', 'client-grants', {
    client_id, audience, scope: ['read:orders'], organization_usage: 'allow',
  }))));
  const credentials = [];
  for (let at = 0; at < 12; at += 1) {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    credentials.push((await api('POST', `clients/${client}/credentials`, { credential_type: 'public_key', pem })).id);
  }
  const [organization, ...organizations] = ids(await many((at) => api('POST', 'organizations', { name: `org${at}` })));
  const within = `organizations/${organization}`;
  await api('POST', `${within}/members`, { members: users });
  const entrances = connections.slice(0, 6);
  for (const connection_id of entrances) await api('POST', `${within}/enabled_connections`, { connection_id });
  for (const grant_id of grants.slice(0, 6)) await api('POST', `${within}/client-grants`, { grant_id });
  const invitations = ids(await many((at) => api('POST', `${within}/invitations`, {
    inviter: { name: 'Ada' }, invitee: { email: `guest${at}@example.com` }, client_id: client,
  })));
  return {
    audience: [audience], scope: ['read:orders'], client: [client], clients, connections, users, grants, credentials,
    organization: [organization], organizations, entrances, invitations,
    judge: [judge.client_id], callback: ['https://app.example/cb'], type: ['code'],
    accounts: ['acct:ada@localhost'], directory: ['Username-Password-Authentication'], password: ['Correct-Horse-7-Battery'],
    strangers: Array.from({ length: 50 }, (_, at) => `stranger${at}@example.com`),
    addresses: ['192.0.2.1', '2001:db8::1'], names: ['org3', 'org4'], staff: ['Staff7', 'Staff8', 'Staff9'],
  };
}

/** Where operations are told what there is; often, and not always. */
function named(known) {
  const lists = Object.entries(known).map(([name, values]) => `[dictionaries.${name}]\nvalues = ${JSON.stringify(values)}\n`);
  const bind = (path, parameters) => {
    const bound = Object.entries(parameters).map(([at, name]) => `"${at}" = { dictionary = "${name}", probability = 0.7 }`);
    return `[[operations]]\ninclude-path-regex = '^/${path}$'\nparameters = { ${bound.join(', ')} }\n`;
  };
  const managed = (path, parameters) => bind(`api/v2/${path}`, parameters);
  const member = String.raw`\{\w+\}`;
  const organization = { 'path.id': 'organization' };
  return [
    ...lists,
    bind('.well-known/webfinger', { 'query.resource': 'accounts' }),
    bind('authorize', { 'query.client_id': 'judge', 'query.redirect_uri': 'callback', 'query.response_type': 'type' }),
    bind('dbconnections/signup', {
      'body.client_id': 'judge', 'body.connection': 'directory', 'body.email': 'strangers', 'body.password': 'password',
    }),
    bind('oidc/register', { 'body.redirect_uris[*]': 'callback' }),
    managed(`clients/${member}(/rotate-secret)?`, { 'path.id': 'clients' }),
    managed(`clients/${member}/credentials`, { 'path.id': 'client' }),
    managed(`clients/${member}/credentials/${member}`, { 'path.id': 'client', 'path.credential': 'credentials' }),
    managed('client-grants', { 'body.client_id': 'clients', 'body.audience': 'audience', 'body.scope[*]': 'scope' }),
    managed(`client-grants/${member}(/organizations)?`, { 'path.id': 'grants' }),
    managed(`connections/${member}`, { 'path.id': 'connections' }),
    managed('users', { 'body.connection': 'staff' }),
    managed(`(users|user-blocks)/${member}(/\\w+)?`, { 'path.id': 'users' }),
    managed(`anomaly/blocks/ips/${member}`, { 'path.id': 'addresses' }),
    managed(`organizations/name/${member}`, { 'path.name': 'names' }),
    managed(`organizations/${member}`, { 'path.id': 'organizations' }),
    managed(`organizations/${member}/members`, { ...organization, 'body.members[*]': 'users' }),
    managed(`organizations/${member}/enabled_connections`, { ...organization, 'body.connection_id': 'connections' }),
    managed(`organizations/${member}/enabled_connections/${member}`, { ...organization, 'path.connection': 'entrances' }),
    managed(`organizations/${member}/client-grants`, { ...organization, 'body.grant_id': 'grants' }),
    managed(`organizations/${member}/client-grants/${member}`, { ...organization, 'path.grant': 'grants' }),
    managed(`organizations/${member}/invitations`, { ...organization, 'body.client_id': 'client', 'body.connection_id': 'connections' }),
    managed(`organizations/${member}/invitations/${member}`, { ...organization, 'path.invitation': 'invitations' }),
  ].join('\n');
}

/** Asks every operation that the choice leaves, with and without sense; whatever is wrong fails the test. */
async function ask({ server, rules }, choice) {
  const { code, said } = await run('schemathesis', [
    '--no-color', '--config-file', rules, 'run', new URL('api/v2/openapi.json', server.issuer).href, ...choice,
  ]);
  assert.equal(code, 0, said);
  const tested = Number(said.match(/Tested: +(\d+)/)?.[1]);
  assert.ok(tested > 0, said);
  assert.equal((await fetch(`${server.origin}/health/ready`)).status, 200);
  return tested;
}

const GRANTS = [
  'authorization_code', 'refresh_token', 'client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba',
  'http://auth0.com/oauth/grant-type/passwordless/otp', 'http://auth0.com/oauth/grant-type/mfa-otp',
];

/** Parts of a run: each limit of the document and what lies beyond it, anything at all, and one thing after another. */
const LIMITS = ['--phases', 'coverage'];
const ANYTHING = ['--phases', 'fuzzing'];
const ONE_AFTER_ANOTHER = ['--phases', 'stateful', '--max-examples', '100'];

/** Whoever revokes the key that signed their token has none any more: that is asked by itself. */
const REVOKING = '/api/v2/keys/signing/{kid}/revoke';

describe('the server', () => {
  const MANAGEMENT = ['--include-path-regex', '^/api/v2/', '--exclude-path', REVOKING];
  const AUTHENTICATION = ['--exclude-path-regex', '^/api/v2/'];
  let place;
  let bearer;
  let basic;
  before(async () => {
    place = await open();
    bearer = ['--header', `Authorization: Bearer ${place.token}`];
    basic = ['--auth', `${place.client.client_id}:${place.client.client_secret}`];
  });
  after(() => place?.server.stop());

  test('the Management API keeps to the limits of the document', async () => {
    assert.ok(await ask(place, [...MANAGEMENT, ...bearer, ...LIMITS]) > 60);
  });

  test('no answer of the Management API is a failure, or another than the document has', async () => {
    assert.ok(await ask(place, [...MANAGEMENT, ...bearer, ...ANYTHING]) > 60);
  });

  test('what was made is there, and what was deleted is gone', async () => {
    assert.ok(await ask(place, [...MANAGEMENT, ...bearer, ...ONE_AFTER_ANOTHER]) > 10);
  });

  test('the Authentication API keeps to the limits of the document', async () => {
    assert.ok(await ask(place, [...AUTHENTICATION, ...basic, ...LIMITS]) > 20);
  });

  test('no answer of the Authentication API is a failure, or another than the document has', async () => {
    assert.ok(await ask(place, [...AUTHENTICATION, ...basic, ...ANYTHING]) > 20);
  });

  test('keys are revoked, known or not', async () => {
    assert.equal(await ask(place, ['--include-path', REVOKING, ...bearer, ...LIMITS]), 1);
  });
});
