// Processes that end, by intent and by force, and two of them on one database.
import { test, describe } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair, generateProof } from 'dpop';
import * as oauth from 'oauth4webapi';
import { startServe, furnish, scratch, freePort, claims } from './harness.mjs';
import { login, refresh } from './native.mjs';

const file = () => ({ KEYBOUND_DATABASE: `sqlite:${join(scratch(), 'keybound.db')}` });

/** A connection, and what came over it so far. */
async function open(port) {
  const socket = connect(port, '127.0.0.1');
  socket.text = '';
  socket.setEncoding('utf8').on('data', (text) => { socket.text += text; });
  await once(socket, 'connect');
  socket.gone = new Promise((resolve) => { socket.on('close', resolve).on('error', () => {}); });
  socket.until = async (pattern) => {
    while (!pattern.test(socket.text)) await once(socket, 'data');
  };
  return socket;
}

/** A form of which only the first half is sent: the server has begun to read it when this returns. */
async function half(server, path, form, headers = {}) {
  const body = form.toString();
  const socket = await open(server.port);
  const lines = Object.entries({
    host: 'a', 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length, expect: '100-continue', ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  await socket.until(/^HTTP\/1.1 100 /);
  const middle = body.length >> 1;
  socket.write(body.slice(0, middle));
  return Object.assign(socket, { finish: () => socket.write(body.slice(middle)) });
}

/** An answer of which no byte is missing. */
function whole(text) {
  const [, head, body] = text.match(/^HTTP\/1.1 100 [^]*?\r\n\r\n([^]*?)\r\n\r\n([^]*)$/) ?? assert.fail(`cut off: ${text}`);
  const length = head.match(/^content-length: (\d+)/im)?.[1];
  assert.equal(Buffer.byteLength(body), Number(length), head);
  return { status: Number(head.match(/^HTTP\/1.1 (\d+)/)[1]), head, body };
}

/** The sign-in page's transaction, and the cookie that goes with it. */
async function signInPage(server, tenant) {
  const url = new URL(`${server.issuer}authorize`);
  url.search = new URLSearchParams({
    client_id: tenant.native.client_id, redirect_uri: tenant.callback, response_type: 'code', scope: 'openid',
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()), code_challenge_method: 'S256',
  });
  const response = await fetch(url, { redirect: 'manual' });
  const state = new URL(response.headers.get('location'), url).searchParams.get('state');
  return { state, cookie: response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ') };
}

/** Fails when something takes too long. */
async function within(milliseconds, what) {
  const late = sleep(milliseconds, 'late', { ref: false });
  const first = await Promise.race([what, late]);
  assert.notEqual(first, 'late', `not within ${milliseconds} ms`);
  return first;
}

describe('processes', () => {
  test('a tenant survives a restart: signing key, clients, people, refresh tokens', async () => {
    const env = file();
    const keys = await generateKeyPair('ES256');
    const first = await startServe({ env });
    const tenant = await furnish(first);
    const tokens = await login(first, tenant, keys);
    assert.equal(tokens.token_type, 'DPoP', JSON.stringify(tokens));
    await first.stop();
    const second = await startServe({ env, port: first.port });
    const next = await refresh(second, tenant, keys, tokens.refresh_token);
    assert.equal(next.status, 200, JSON.stringify(next));
    assert.equal(claims(next.access_token).header.kid, claims(tokens.access_token).header.kid);
    await second.stop();
  });

  test('kill -9 in the middle of refreshes loses nothing: the retry ends with one live family', async () => {
    const env = file();
    const keys = await generateKeyPair('ES256');
    let server = await startServe({ env });
    const tenant = await furnish(server);
    // A grace window, as an app that must survive lost answers has it.
    await tenant.api('PATCH', `clients/${tenant.native.client_id}`, {
      refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 60 },
    });
    let { refresh_token: token } = await login(server, tenant, keys);
    for (let round = 0; round < 5; round += 1) {
      const cut = refresh(server, tenant, keys, token).catch(() => undefined);
      await new Promise((resolve) => { setTimeout(resolve, 4 * round); });
      await server.kill();
      const seen = await cut;
      server = await startServe({ env, port: server.port });
      const retried = await refresh(server, tenant, keys, seen?.refresh_token ?? token);
      assert.equal(retried.status, 200, `round ${round}: ${JSON.stringify(retried)}`);
      token = retried.refresh_token;
    }
    const last = await refresh(server, tenant, keys, token);
    assert.equal(last.status, 200);
    await server.stop();
  });

  test('a proof used before the restart is not accepted after it', async () => {
    const env = file();
    const keys = await generateKeyPair('ES256');
    const first = await startServe({ env });
    const tenant = await furnish(first);
    const endpoint = `${first.issuer}oauth/token`;
    const proof = await generateProof(keys, endpoint, 'POST');
    const post = () => fetch(endpoint, {
      method: 'POST', headers: { dpop: proof },
      body: new URLSearchParams({
        grant_type: 'client_credentials', audience: tenant.audience,
        client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
      }),
    });
    assert.equal((await post()).status, 200);
    await first.kill();
    const second = await startServe({ env, port: first.port });
    assert.equal((await post()).status, 400);
    await second.stop();
  });

  test('SIGTERM drains: what is in flight is answered whole, nobody new is let in, and the end is in time', async () => {
    const server = await startServe();
    const tenant = await furnish(server);
    const form = new URLSearchParams({
      grant_type: 'client_credentials', audience: 'https://nowhere.example/',
      client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
    });
    const { state, cookie } = await signInPage(server, tenant);
    const password = new URLSearchParams({ state, username: tenant.person.email, password: tenant.person.password, action: 'default' });
    const origin = server.issuer.slice(0, -1);
    const inFlight = await Promise.all([
      half(server, '/oauth/token', form),
      half(server, '/oauth/token', form),
      half(server, '/u/login', password, { cookie, origin }),
    ]);
    const idle = await open(server.port);
    idle.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await idle.until(/200 OK/);
    server.child.kill('SIGTERM');
    await idle.gone;
    await server.until('refusing', () => open(server.port).then((one) => { one.destroy(); return false; }, (error) => error.code === 'ECONNREFUSED'));
    const finished = await Promise.all(inFlight.map(async (request) => {
      assert.equal(server.child.exitCode, null, 'it waits for who is not finished');
      request.finish();
      await request.gone;
      return whole(request.text);
    }));
    const [code] = await within(5_000, server.exited);
    assert.equal(code, 0, server.log);
    for (const { status, body } of finished.slice(0, 2)) {
      assert.equal(status, 403, body);
      assert.equal(JSON.parse(body).error, 'access_denied');
    }
    assert.equal(finished[2].status, 303, 'a password is checked to the end');
    assert.match(finished[2].head, /^location: /im);
  });

  test('SIGTERM waits for nobody longer than it was told to', async () => {
    const config = join(scratch(), 'keybound.toml');
    writeFileSync(config, '[limits]\ndrain_seconds = 1\n');
    const server = await startServe({ args: ['--config', config] });
    const stuck = await half(server, '/oauth/token', new URLSearchParams({ grant_type: 'client_credentials' }));
    server.child.kill('SIGTERM');
    const [code] = await within(4_000, server.exited);
    assert.equal(code, 0, server.log);
    assert.match(server.log, /requests were still running/);
    await stuck.gone;
  });

  test('a taken port is named', async () => {
    const server = await startServe();
    await assert.rejects(startServe({ port: server.port }), new RegExp(`${server.port}.*(taken|in use)`, 'i'));
    await server.stop();
  });

  test('50 identical proofs at once: exactly one is used', async () => {
    const server = await startServe();
    const tenant = await furnish(server);
    const keys = await generateKeyPair('ES256');
    const endpoint = `${server.issuer}oauth/token`;
    const proof = await generateProof(keys, endpoint, 'POST');
    const body = new URLSearchParams({
      grant_type: 'client_credentials', audience: tenant.audience,
      client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
    }).toString();
    const headers = { dpop: proof, 'content-type': 'application/x-www-form-urlencoded' };
    const statuses = await Promise.all(Array.from({ length: 50 }, () => fetch(endpoint, { method: 'POST', headers, body }).then((r) => r.status)));
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '));
    assert.equal(statuses.filter((status) => status === 400).length, 49, statuses.join(' '));
    await server.stop();
  });

  const [first, second] = (process.env.KEYBOUND_TEST_DATABASES ?? '').split(' ');
  for (const [where, env] of [
    ['PostgreSQL', { KEYBOUND_DATABASE: first }],
    ['PostgreSQL and Redis', { KEYBOUND_DATABASE: second, KEYBOUND_REDIS: process.env.KEYBOUND_TEST_REDIS }],
  ]) {
    test(`two processes share ${where}: one proof wins once, and one refresh once`, async () => {
      assert.ok(Object.values(env).every(Boolean), 'the test command starts the databases');
      const master = { KEYBOUND_MASTER_KEY: Buffer.alloc(32, 7).toString('base64url') };
      const port = await freePort();
      const one = await startServe({ port, env: { ...env, ...master } });
      const two = await startServe({ env: { ...env, ...master, KEYBOUND_ISSUER: one.issuer } });
      const tenant = await furnish(one);
      const keys = await generateKeyPair('ES256');
      const tokens = await login(one, tenant, keys);
      const endpoint = `${one.issuer}oauth/token`;
      const nonce = (await fetch(endpoint, {
        method: 'POST', headers: { dpop: await generateProof(keys, endpoint, 'POST') },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: tenant.native.client_id }),
      })).headers.get('dpop-nonce');
      const proof = await generateProof(keys, endpoint, 'POST', nonce);
      const machine = new URLSearchParams({
        grant_type: 'client_credentials', audience: tenant.audience,
        client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
      }).toString();
      const headers = { dpop: proof, 'content-type': 'application/x-www-form-urlencoded' };
      const race = await Promise.all(Array.from({ length: 50 }, (_, i) =>
        fetch(`${[one, two][i % 2].origin}/oauth/token`, { method: 'POST', headers, body: machine }).then((r) => r.status)));
      assert.equal(race.filter((status) => status === 200).length, 1, race.join(' '));
      // Fresh proofs, one refresh token: with no grace window only one may win.
      const spends = await Promise.all(Array.from({ length: 16 }, async (_, i) => {
        const fresh = await generateProof(keys, endpoint, 'POST', nonce);
        const response = await fetch(`${[one, two][i % 2].origin}/oauth/token`, {
          method: 'POST', headers: { dpop: fresh },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: tenant.native.client_id }),
        });
        return response.status;
      }));
      assert.equal(spends.filter((status) => status === 200).length, 1, spends.join(' '));
      await one.stop();
      await two.stop();
    });
  }
});
