// npm express-oauth2-jwt-bearer, unmodified, as a foreign API: it must take our bound tokens, and only as DPoP.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { generateKeyPair, generateProof, calculateThumbprint } from 'dpop';
import { startServe, furnish, claims } from './harness.mjs';

let server;
let tenant;
let listener;
let url;
before(async () => {
  server = await startServe();
  tenant = await furnish(server);
  const app = express();
  app.use(auth({ issuerBaseURL: server.issuer, audience: tenant.audience, dpop: { enabled: true, required: false } }));
  app.get('/orders', requiredScopes('read:orders'), (_request, response) => response.json([]));
  app.get('/secrets', requiredScopes('read:secrets'), (_request, response) => response.json([]));
  app.use((error, _request, response, _next) => response.status(error.status ?? 500).set(error.headers).end(error.message));
  listener = app.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  url = `http://127.0.0.1:${listener.address().port}/orders`;
});
after(async () => {
  listener?.close();
  await server?.stop();
});

async function boundToken(keys) {
  const endpoint = `${server.issuer}oauth/token`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { dpop: await generateProof(keys, endpoint, 'POST') },
    body: new URLSearchParams({
      grant_type: 'client_credentials', audience: tenant.audience,
      client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
    }),
  });
  const json = await response.json();
  assert.equal(response.status, 200, JSON.stringify(json));
  assert.equal(json.token_type, 'DPoP');
  return json.access_token;
}

describe('express-oauth2-jwt-bearer', () => {
  test('our bound token is accepted with its proof', async () => {
    const keys = await generateKeyPair('ES256');
    const token = await boundToken(keys);
    assert.equal(claims(token).cnf.jkt, await calculateThumbprint(keys.publicKey));
    const headers = { authorization: `DPoP ${token}`, dpop: await generateProof(keys, url, 'GET', undefined, token) };
    assert.equal((await fetch(url, { headers })).status, 200);
  });

  test('the same token is refused as Bearer, without a proof, and with another key', async () => {
    const keys = await generateKeyPair('ES256');
    const thief = await generateKeyPair('ES256');
    const token = await boundToken(keys);
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: `DPoP ${token}` } })).status, 400);
    const stolen = await generateProof(thief, url, 'GET', undefined, token);
    assert.equal((await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: stolen } })).status, 401);
    const fresh = await generateProof(keys, url, 'GET', undefined, token);
    assert.equal((await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: fresh } })).status, 200);
  });

  test('a scope that was not granted is missing there too', async () => {
    const keys = await generateKeyPair('ES256');
    const token = await boundToken(keys);
    const other = url.replace('/orders', '/secrets');
    const headers = { authorization: `DPoP ${token}`, dpop: await generateProof(keys, other, 'GET', undefined, token) };
    assert.equal((await fetch(other, { headers })).status, 403);
  });
});
