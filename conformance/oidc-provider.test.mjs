// npm oidc-provider, unmodified, with DPoP, nonces and PAR: our Rust client, as its own example programs, must get along
// with it. npm express-oauth2-jwt-bearer is the API.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import Provider, { errors } from 'oidc-provider';
// The grants registered below must judge proofs as the others do; the package keeps the function that does to itself.
import validateDpop, { checkDpopReplay } from './node_modules/oidc-provider/lib/helpers/validate_dpop.js';
import { freePort, signInByForms } from './harness.mjs';

const API = 'https://api.example/orders';
const SECRET = 'a-secret-of-the-machine-client-0123456789';
const person = { email: 'ada', password: 'any' };
const examples = process.env.KEYBOUND_EXAMPLES;
const partner = generateKeyPairSync('ed25519');

let issuer;
let api;
const servers = [];
const seen = { nonces: [], grants: [], calls: [] };
const CIBA = 'urn:openid:params:grant-type:ciba';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

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
      {
        client_id: 'counter', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post',
        grant_types: [CIBA, EXCHANGE, 'password', 'client_credentials'], redirect_uris: [], response_types: [],
        backchannel_token_delivery_mode: 'poll', dpop_bound_access_tokens: true,
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
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        validateRequestContext: () => {},
        verifyUserCode: () => {},
        processLoginHint: (_ctx, hint) => {
          const { format, iss, sub } = JSON.parse(hint);
          return format === 'iss_sub' && iss === issuer ? sub : undefined;
        },
        triggerAuthenticationDevice: (ctx, request, account, client) => {
          seen.calls.push(ctx.oidc.params.binding_message);
          setTimeout(async () => {
            if (account.accountId === 'grace') {
              await provider.backchannelResult(request, new errors.AccessDenied('end-user aborted'));
              return;
            }
            const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
            grant.addOIDCScope('openid');
            await grant.save();
            await provider.backchannelResult(request, grant);
          }, 3000);
        },
      },
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
  // What the package leaves to those who run it: passwords, and one token for another (RFC 8693 §2).
  const issue = async (ctx, accountId, more) => {
    const { client, params } = ctx.oidc;
    const proof = await validateDpop(provider, ctx);
    if (!proof) throw new errors.InvalidGrant('a proof is wanted');
    await checkDpopReplay(provider, ctx, proof, client.clientId);
    const grant = new provider.Grant({ clientId: client.clientId, accountId });
    grant.addOIDCScope('openid');
    const token = new provider.AccessToken({
      accountId, client, grantId: await grant.save(), gty: params.grant_type, scope: 'openid',
    });
    token.setThumbprint('jkt', proof.thumbprint);
    ctx.body = { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, ...more };
  };
  provider.registerGrantType('password', async (ctx) => {
    const { username, password } = ctx.oidc.params;
    if (username !== person.email || password !== person.password) throw new errors.InvalidGrant('wrong password');
    await issue(ctx, username, {});
  }, ['username', 'password', 'scope']);
  provider.registerGrantType(EXCHANGE, async (ctx) => {
    const { subject_token: subject, subject_token_type: kind } = ctx.oidc.params;
    if (kind !== 'https://partner.example/token') throw new errors.InvalidRequest('an unknown kind of token');
    const [sub, signature] = subject.split('.');
    const fits = verify(null, Buffer.from(sub), partner.publicKey, Buffer.from(signature, 'base64url'));
    if (!fits) throw new errors.InvalidGrant('not a token of the partner');
    await issue(ctx, sub, { issued_token_type: ACCESS_TOKEN });
  }, ['subject_token', 'subject_token_type', 'audience', 'scope']);
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
async function run(name, env, { args = [], told = () => {}, types = '', fails = false } = {}) {
  const child = spawn(join(examples, name), args, { env: { ...process.env, AUTH0_DOMAIN: issuer, ...env } });
  child.stdin.end(types);
  const said = {};
  const wrong = [];
  let [text, log] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (more) => { log += more; });
  child.stdout.setEncoding('utf8').on('data', (more) => {
    const lines = (text + more).split('\n');
    text = lines.pop();
    for (const line of lines) {
      const [, key, value] = line.match(/^([^:]+): (.*)$/) ?? [];
      said[key] = value;
      Promise.resolve(told(key, value)).catch((error) => { wrong.push(error); child.kill(); });
    }
  });
  const [code] = await once(child, 'close');
  if (wrong.length > 0) throw wrong[0];
  assert.equal(code === 0, !fails, `${name}: ${log}`);
  return { ...said, log };
}

const machine = { AUTH0_CLIENT_ID: 'machine', AUTH0_CLIENT_SECRET: SECRET, AUTH0_AUDIENCE: API, AUTH0_SCOPE: 'read:orders' };
const counter = { AUTH0_CLIENT_ID: 'counter', AUTH0_CLIENT_SECRET: SECRET, AUTH0_SCOPE: 'openid' };
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

  test('a person is called elsewhere, and what is asked meanwhile carries a proof each time (CIBA)', async () => {
    const said = await run('ciba', counter, { args: [person.email] });
    assert.deepEqual([said.bound, said.message], ['true', seen.calls.at(-1)]);
    assert.deepEqual(seen.grants.at(-1), [CIBA, 'counter']);
  });

  test('a person who is called and says no ends the waiting', async () => {
    const said = await run('ciba', counter, { args: ['grace'], fails: true });
    assert.match(said.log, /access_denied/);
  });

  test('a token of a partner is exchanged for a bound one, and one that is not the partner’s is not', async () => {
    const before = seen.nonces.length;
    const token = `ada.${sign(null, Buffer.from('ada'), partner.privateKey).toString('base64url')}`;
    const subject = { SUBJECT_TOKEN: token, SUBJECT_TOKEN_TYPE: 'https://partner.example/token' };
    const said = await run('exchange_token', { ...counter, ...subject });
    assert.deepEqual([said.bound, said.kind], ['true', ACCESS_TOKEN]);
    assert.deepEqual(seen.nonces.slice(before), ['issuer /token']);
    assert.deepEqual(seen.grants.at(-1), [EXCHANGE, 'counter']);
    const forged = await run('exchange_token', { ...counter, ...subject, SUBJECT_TOKEN: `grace${token.slice(3)}` }, { fails: true });
    assert.match(forged.log, /invalid_grant/);
    assert.doesNotMatch(forged.log, new RegExp(token.slice(4)));
  });

  test('a password brings a bound token, and a wrong one is not printed', async () => {
    const said = await run('password', counter, { types: `${person.email}\n${person.password}\n` });
    assert.equal(said.bound, 'true');
    assert.deepEqual(seen.grants.at(-1), ['password', 'counter']);
    const wrong = await run('password', counter, { types: 'ada\nhunter2\n', fails: true });
    assert.match(wrong.log, /invalid_grant/);
    assert.doesNotMatch(wrong.log, /hunter2/);
  });
});
