// PyPI schemathesis and openapi-spec-validator, unmodified: the document that the server publishes, and the server asked
// whatever that document allows and forbids.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
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

/** A server whose limits nobody reaches, and who may ask it anything. */
async function open() {
  const folder = scratch();
  const file = join(folder, 'keybound.toml');
  writeFileSync(file, 'registration = "open"\n[limits]\nrates = "off"\n');
  const server = await startServe({ args: ['--config', file] });
  const api = await administer(server);
  const client = await api('POST', 'clients', { name: 'Judge', app_type: 'regular_web', grant_types: GRANTS });
  const answer = await fetch(new URL('oauth/token', server.issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials', audience: `${server.issuer}api/v2/`, ...server.management,
    }),
  });
  const { access_token: token } = await answer.json();
  return { server, api, client, token };
}

/** Asks every operation that the choice leaves, with and without sense; whatever is wrong fails the test. */
async function ask(server, choice) {
  const { code, said } = await run('schemathesis', [
    '--no-color', '--config-file', RULES, 'run', new URL('api/v2/openapi.json', server.issuer).href, ...choice,
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
    assert.ok(await ask(place.server, [...MANAGEMENT, ...bearer, ...LIMITS]) > 60);
  });

  test('no answer of the Management API is a failure, or another than the document has', async () => {
    assert.ok(await ask(place.server, [...MANAGEMENT, ...bearer, ...ANYTHING]) > 60);
  });

  test('what was made is there, and what was deleted is gone', async () => {
    assert.ok(await ask(place.server, [...MANAGEMENT, ...bearer, ...ONE_AFTER_ANOTHER]) > 10);
  });

  test('the Authentication API keeps to the limits of the document', async () => {
    assert.ok(await ask(place.server, [...AUTHENTICATION, ...basic, ...LIMITS]) > 20);
  });

  test('no answer of the Authentication API is a failure, or another than the document has', async () => {
    assert.ok(await ask(place.server, [...AUTHENTICATION, ...basic, ...ANYTHING]) > 20);
  });

  test('keys are revoked, known or not', async () => {
    assert.equal(await ask(place.server, ['--include-path', REVOKING, ...bearer, ...LIMITS]), 1);
  });
});
