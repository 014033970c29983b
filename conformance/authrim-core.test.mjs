// npm @authrim/core, unmodified: discovery, pushed requests and its DPoP API. It proves the code exchange and nothing
// else, so its refreshes go unbound where that is typed out; where tokens must be bound the app signs them with the key it
// has from the SDK.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { createAuthrimClient } from '@authrim/core';
import { calculateJwkThumbprint } from 'jose';
import { startServe, signInByForms, claims } from './harness.mjs';
import { furnishBackend } from './backend.mjs';

// The SDK keeps house for ever: that must not keep Node awake.
for (const name of ['setInterval', 'setTimeout']) {
  const original = globalThis[name];
  globalThis[name] = (...args) => original(...args).unref();
}

let server;
let tenant;
before(async () => {
  server = await startServe();
  tenant = await furnishBackend(server);
});
after(() => server?.stop());

/** What the SDK wants of its platform: a key it cannot read, hashes, a transport, and somewhere to keep things. */
function platform() {
  let pair;
  const calls = [];
  const kept = new Map();
  const sha256 = async (text) => new Uint8Array(createHash('sha256').update(text).digest());
  const crypto = {
    randomBytes: async (length) => new Uint8Array(randomBytes(length)),
    sha256,
    generateCodeVerifier: async () => randomBytes(32).toString('base64url'),
    generateCodeChallenge: async (verifier) => Buffer.from(await sha256(verifier)).toString('base64url'),
    generateDPoPKeyPair: async (algorithm = 'ES256') => {
      const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
      const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', keys.publicKey);
      const publicKeyJwk = { kty, crv, x, y };
      pair = {
        algorithm, publicKeyJwk, thumbprint: await calculateJwkThumbprint(publicKeyJwk),
        sign: async (data) => new Uint8Array(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, data)),
      };
      return pair;
    },
    getDPoPKeyPair: async () => pair ?? null,
    clearDPoPKeyPair: async () => { pair = undefined; },
  };
  const http = {
    async fetch(url, { method, headers, body, signal } = {}) {
      const response = await fetch(url, { method, headers, body, signal });
      const text = await response.text();
      calls.push({ url, headers: headers ?? {}, status: response.status });
      const data = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
      const { status, statusText, ok } = response;
      return { status, statusText, ok, data, headers: Object.fromEntries(response.headers) };
    },
  };
  const storage = {
    get: async (name) => kept.get(name) ?? null, set: async (name, value) => { kept.set(name, value); },
    remove: async (name) => { kept.delete(name); }, getAll: async () => Object.fromEntries(kept), clear: async () => kept.clear(),
  };
  return { crypto, http, storage, calls };
}

/** A public client, as strict as the test wants it. */
async function publicClient(more = {}) {
  const { client_id } = await tenant.api('POST', 'clients', {
    name: 'Authrim app', app_type: 'native', token_endpoint_auth_method: 'none', callbacks: [tenant.callback],
    grant_types: ['authorization_code', 'refresh_token'],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0 },
    ...more,
  });
  return client_id;
}

async function app(clientId, { tokenRequests = true, ...more } = {}) {
  const own = platform();
  const client = await createAuthrimClient({
    issuer: server.issuer, clientId, ...own, redirectUri: tenant.callback, dpop: { tokenRequests }, ...more,
  });
  return { client, calls: own.calls };
}

async function login(client, { pushed = false, audience = tenant.audience } = {}) {
  const asked = {
    redirectUri: tenant.callback, scope: 'openid profile email offline_access read:entries', audience,
  };
  const url = pushed
    ? await client.par.buildAuthorizationUrl((await client.par.push(asked)).requestUri)
    : (await client.buildAuthorizationUrl(asked)).url;
  const back = await signInByForms(url, tenant.person, tenant.callback);
  return { url: new URL(url), tokens: await client.handleCallback(back.href) };
}

/** How the SDK's key proves a request that the SDK itself does not prove. */
const proved = async (client, method, url, { token, ...init } = {}) => {
  const accessTokenHash = token && await client.dpop.calculateAccessTokenHash(token);
  const attempt = async () => fetch(url, {
    method, ...init,
    headers: { dpop: await client.dpop.generateProof(method, url, { accessTokenHash }), ...(token && { authorization: `DPoP ${token}` }) },
  });
  const first = await attempt();
  const nonce = first.headers.get('dpop-nonce');
  if (nonce) client.dpop.handleNonceResponse(nonce);
  return first.ok || !nonce ? first : attempt();
};

describe('authrim-core', () => {
  for (const pushed of [false, true]) {
    test(`logs in${pushed ? ' by a pushed request' : ''}, with a token bound to the SDK’s key`, async () => {
      const { client, calls } = await app(await publicClient({ require_proof_of_possession: true }));
      assert.equal(await client.dpop.isServerSupported(), true);
      assert.equal(await client.par.isAvailable(), true);
      const { url, tokens } = await login(client, { pushed });
      assert.equal(url.searchParams.has('request_uri'), pushed);
      assert.equal(tokens.tokenType, 'DPoP');
      assert.deepEqual(claims(tokens.accessToken).cnf, { jkt: client.dpop.getThumbprint() });
      const exchanges = calls.filter((call) => call.url === `${server.issuer}oauth/token`);
      assert.deepEqual(exchanges.map(({ status }) => status), [400, 200], 'one challenge, one answer');
    });
  }

  test('what the SDK sends without a proof is refused, and goes through with one by its key', async () => {
    const clientId = await publicClient();
    const { client } = await app(clientId);
    const { tokens } = await login(client);
    await assert.rejects(client.getUser(), { code: 'userinfo_error', details: { status: 401 } });
    const me = await proved(client, 'GET', `${server.issuer}userinfo`, { token: tokens.accessToken });
    assert.equal((await me.json()).sub, tenant.person.sub);
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: tokens.refreshToken });
    const bare = await fetch(`${server.issuer}oauth/token`, { method: 'POST', body });
    assert.deepEqual([bare.status, (await bare.json()).error], [400, 'invalid_dpop_proof']);
    const thief = await app(clientId);
    await thief.client.dpop.initialize();
    const stolen = await proved(thief.client, 'POST', `${server.issuer}oauth/token`, { body });
    assert.deepEqual([stolen.status, (await stolen.json()).error], [400, 'invalid_grant']);
    const next = await (await proved(client, 'POST', `${server.issuer}oauth/token`, { body })).json();
    assert.deepEqual(claims(next.access_token).cnf, { jkt: client.dpop.getThumbprint() });
    assert.notEqual(next.refresh_token, tokens.refreshToken, 'refresh tokens rotate');
  });

  const unproved = { dpop_refresh_tokens: 'unbound_despite_rfc_9449' };

  test('without a proof of its own refresh it is refused, and told why', async () => {
    const { client } = await app(await publicClient(), { refreshSkewSeconds: 1_000_000 });
    const { tokens } = await login(client);
    assert.equal(tokens.tokenType, 'DPoP');
    await assert.rejects(client.token.getAccessToken(), ({ code, details, message }) => {
      assert.equal(code, 'refresh_error');
      assert.match(JSON.stringify([details, message]), /it is bound to a key and no proof was sent; send one by that key/);
      return true;
    });
  });

  test('with its refresh tokens unbound, which is typed out, it proves the exchange and refreshes by itself', async () => {
    const { client, calls } = await app(await publicClient(unproved), { refreshSkewSeconds: 1_000_000 });
    const { tokens } = await login(client);
    assert.equal(tokens.tokenType, 'DPoP');
    assert.deepEqual(claims(tokens.accessToken).cnf, { jkt: client.dpop.getThumbprint() });
    const before = calls.length;
    const renewed = await client.token.getAccessToken();
    assert.ok(calls.slice(before).every(({ headers, status }) => status === 200 && !('DPoP' in headers) && !('dpop' in headers)));
    assert.equal(claims(renewed).cnf, undefined, 'a refresh without a proof brings a bearer token');
    const next = await client.token.getTokens();
    assert.notEqual(next.refreshToken, tokens.refreshToken, 'refresh tokens rotate');
    await client.token.getAccessToken();
    assert.notEqual((await client.token.getTokens()).refreshToken, next.refreshToken, 'and so it goes on');
  });

  test('where bound tokens are required, by the client or by the API, none of its refreshes goes unbound', async () => {
    for (const required of [{ require_proof_of_possession: true }, { dpop_adoption: 'require' }]) {
      await assert.rejects(publicClient({ ...unproved, ...required }), /dpop_refresh_tokens/);
    }
    const audience = 'https://strict.example/';
    await tenant.api('POST', 'resource-servers', {
      name: 'Strict', identifier: audience, allow_offline_access: true,
      scopes: [{ value: 'read:entries', description: 'Read' }], proof_of_possession: { mechanism: 'dpop', required: true },
    });
    const { client } = await app(await publicClient(unproved), { refreshSkewSeconds: 1_000_000 });
    const { tokens } = await login(client, { audience });
    assert.equal(tokens.tokenType, 'DPoP');
    await assert.rejects(client.token.getAccessToken(), { code: 'refresh_error' });
  });

  test('with its proofs off, as it comes, the SDK refreshes and revokes by itself where that is allowed', async () => {
    const { client } = await app(await publicClient(), { tokenRequests: false, refreshSkewSeconds: 1_000_000 });
    const { tokens } = await login(client);
    assert.deepEqual([tokens.tokenType, claims(tokens.accessToken).cnf], ['Bearer', undefined]);
    const renewed = await client.token.getAccessToken();
    assert.notEqual(renewed, tokens.accessToken);
    assert.notEqual((await client.token.getTokens()).refreshToken, tokens.refreshToken, 'refresh tokens rotate');
    assert.equal((await client.getUser()).email, tenant.person.email);
    await client.token.revoke({ token: (await client.token.getTokens()).refreshToken, tokenTypeHint: 'refresh_token' });
    await assert.rejects(client.token.getAccessToken(), { code: 'refresh_error' });
  });

  test('with its proofs off it gets nothing where tokens must be bound', async () => {
    const { client } = await app(await publicClient({ require_proof_of_possession: true }), { tokenRequests: false });
    await assert.rejects(login(client), ({ details }) => details.error === 'invalid_dpop_proof');
  });

  test('a device', async () => {
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    const { client } = await app(await publicClient({ grant_types: [grant, 'refresh_token'] }), { tokenRequests: false });
    const state = await client.deviceFlow.start({ scope: 'openid email', extraParams: { audience: tenant.audience } });
    await signInByForms(state.verificationUriComplete, tenant.person, tenant.callback, { ends: /Your device is connected/ });
    const polled = await client.deviceFlow.pollOnce(state);
    assert.equal(polled.status, 'completed');
    assert.equal(claims(polled.tokens.accessToken).sub, tenant.person.sub);
  });
});
