// npm oidc-provider, unmodified, with DPoP, nonces and PAR: our Rust client, as its own example programs, must get along
// with it. npm express-oauth2-jwt-bearer is the API.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import Provider from 'oidc-provider';
import { freePort, signInByForms } from './harness.mjs';

const API = 'https://api.example/orders';
const SECRET = 'a-secret-of-the-machine-client-0123456789';
const person = { email: 'ada', password: 'any' };
const examples = process.env.KEYBOUND_EXAMPLES;

let issuer;
let api;
const servers = [];
const seen = { nonces: [], grants: [] };

before(async () => {
  const port = await freePort();
  issuer = `http://localhost:${port}/`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'machine', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'], redirect_uris: [], response_types: [], dpop_bound_access_tokens: true,
      },
      {
        client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: ['http://127.0.0.1/callback'], dpop_bound_access_tokens: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'r1', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access'],
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      devInteractions: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, client) => (client.clientId === 'machine' ? API : undefined),
        getResourceServerInfo: () => ({
          scope: 'read:orders', audience: API, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  provider.on('grant.success', ({ oidc }) => seen.grants.push([oidc.params.grant_type, oidc.client.clientId]));
  const nonces = (name) => (request, response, next) => {
    response.on('finish', () => {
      const asked = String(response.getHeader('www-authenticate') ?? '').includes('use_dpop_nonce');
      const path = request.originalUrl.split('?')[0];
      if (request.headers.dpop && (asked || response.statusCode === 400)) seen.nonces.push(`${name} ${path}`);
    });
    next();
  };
  const front = express().use(nonces('issuer')).use(provider.callback());
  servers.push(front.listen(port, 'localhost'));
  await once(servers.at(-1), 'listening');

  const app = express();
  app.use(auth({ issuerBaseURL: issuer, audience: API, dpop: { enabled: true, required: true } }));
  app.get('/orders', requiredScopes('read:orders'), (request, response) => {
    response.json({ jkt: request.auth.payload.cnf.jkt, client: request.auth.payload.client_id });
  });
  app.use((error, _request, response, _next) => response.status(error.status ?? 500).set(error.headers).end(error.message));
  servers.push(app.listen(0, '127.0.0.1'));
  await once(servers.at(-1), 'listening');
  api = `http://127.0.0.1:${servers.at(-1).address().port}/orders`;
});
after(() => servers.forEach((server) => { server.closeAllConnections(); server.close(); }));

/** Runs an example to its end; `told` sees each `name: value` line as it is printed. */
async function run(name, env, { args = [], told = () => {} } = {}) {
  const child = spawn(join(examples, name), args, { env: { ...process.env, AUTH0_DOMAIN: issuer, ...env } });
  const said = {};
  const errors = [];
  let [text, log] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (more) => { log += more; });
  child.stdout.setEncoding('utf8').on('data', (more) => {
    const lines = (text + more).split('\n');
    text = lines.pop();
    for (const line of lines) {
      const [, key, value] = line.match(/^([^:]+): (.*)$/) ?? [];
      said[key] = value;
      Promise.resolve(told(key, value)).catch((error) => { errors.push(error); child.kill(); });
    }
  });
  const [code] = await once(child, 'close');
  if (errors.length > 0) throw errors[0];
  assert.equal(code, 0, `${name}: ${log}`);
  return said;
}

const machine = { AUTH0_CLIENT_ID: 'machine', AUTH0_CLIENT_SECRET: SECRET, AUTH0_AUDIENCE: API, AUTH0_SCOPE: 'read:orders' };
const native = (scope) => ({ AUTH0_CLIENT_ID: 'native', AUTH0_SCOPE: scope });

/** Signs in where the program sends its person, and follows the way back to the program's own listener. */
const browse = async (key, url) => {
  if (key !== 'open') return;
  const back = await signInByForms(url, person, 'http://127.0.0.1:');
  assert.equal((await fetch(back)).status, 200);
};

describe('oidc-provider', () => {
  test('client credentials: one refusal for want of a nonce, then a bound token', async () => {
    const before = seen.nonces.length;
    assert.equal((await run('client_credentials', machine)).bound, 'true');
    assert.deepEqual(seen.grants.at(-1), ['client_credentials', 'machine']);
    assert.deepEqual(seen.nonces.slice(before), ['issuer /token']);
  });

  test('a key from the environment is the one the token is bound to', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const said = await run('keys_from_environment', {
      ...machine,
      AUTH0_DPOP_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).replaceAll('\n', '\\n'),
      AUTH0_DPOP_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }),
    });
    assert.equal(said['bound to'], said.thumbprint);
  });

  test('express-oauth2-jwt-bearer takes what the fetcher sends', async () => {
    const said = await run('fetcher', machine, { args: [api] });
    assert.equal(said.status, '200 OK');
    const body = JSON.parse(said.body);
    assert.equal(body.client, 'machine');
    assert.match(body.jkt, /^[\w-]{43}$/);
  });

  test('express-oauth2-jwt-bearer refuses what lacks the scope, and the program says so', async () => {
    const said = await run('fetcher', { ...machine, AUTH0_SCOPE: '' }, { args: [api] });
    assert.equal(said.status, '403 Forbidden');
  });

  test('a person logs in by a pushed request and a code on loopback, and the ID token is theirs', async () => {
    const before = seen.nonces.length;
    const said = await run('code_on_loopback', native('openid'), { told: browse });
    assert.deepEqual(seen.nonces.slice(before), ['issuer /request'], 'the request was pushed, with a proof');
    assert.equal(said.bound, 'true');
    assert.equal(said.person, person.email);
    assert.deepEqual(seen.grants.at(-1), ['authorization_code', 'native']);
  });

  test('a session refreshes, and userinfo takes its token with a nonce', async () => {
    const before = seen.nonces.length;
    const said = await run('refresh_by_session', native('openid offline_access'), { told: browse });
    assert.deepEqual(seen.nonces.slice(before), ['issuer /request', 'issuer /me'], 'one nonce for each role');
    assert.deepEqual([said.bound, said.renewed], ['true', 'true']);
    assert.equal(JSON.parse(said.userinfo).sub, person.email);
    assert.deepEqual(seen.grants.at(-1), ['refresh_token', 'native']);
  });

  test('a device waits until its person has logged in elsewhere', async () => {
    let code;
    const said = await run('device', native('openid'), {
      told: async (key, value) => {
        if (key === 'code') code = value;
        if (key !== 'open') return;
        const elsewhere = signInByForms(`${value}?user_code=${code}`, person, 'nowhere:');
        await assert.rejects(elsewhere, /no form on the page[^]*Sign-in Success/);
      },
    });
    assert.equal(said.bound, 'true');
    assert.deepEqual(seen.grants.at(-1), ['urn:ietf:params:oauth:grant-type:device_code', 'native']);
  });
});
