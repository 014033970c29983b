// What breaks around a server while it works: its process, its disk, its database. Nothing may be lost or doubled.
import { test, describe } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair } from 'dpop';
import { Process, startServe, furnish, scratch } from './harness.mjs';
import { ask, code, login, refresh } from './native.mjs';

/** An app that must survive lost answers has a grace window. */
const graceful = (tenant) => tenant.api('PATCH', `clients/${tenant.native.client_id}`, {
  refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 60 },
});

/** Logins of one person, each with a key and a family of refresh tokens of its own. */
async function sessions(server, tenant, count) {
  const jar = new Map();
  const all = [];
  for (let i = 0; i < count; i += 1) {
    const keys = await generateKeyPair('ES256');
    const { refresh_token: token } = await login(server, tenant, keys, jar);
    all.push({ keys, token, spent: [] });
  }
  return all;
}

/** One refresh of a session, which remembers what it spent. */
async function step(server, tenant, session) {
  const next = await refresh(server, tenant, session.keys, session.token);
  if (next.status === 200) {
    session.spent.push(session.token);
    session.token = next.refresh_token;
  }
  return next;
}

const machine = async (server, tenant) => ask(server, await generateKeyPair('ES256'), {
  grant_type: 'client_credentials', audience: tenant.audience,
  client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
});

/** What passes bytes on to a database, and can be cut. */
async function cable(url) {
  const target = new URL(url);
  const { hostname, port } = target;
  const lines = new Set();
  let whole = true;
  const server = createServer((near) => {
    const far = whole ? connect(port, hostname) : undefined;
    for (const [one, other] of [[near, far], [far, near]]) {
      if (!one) continue;
      lines.add(one);
      one.on('error', () => {}).on('close', () => { lines.delete(one); other?.destroy(); });
    }
    if (far) near.pipe(far).pipe(near);
    else near.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.port = server.address().port;
  return {
    url: target.href,
    cut: () => { whole = false; for (const line of lines) line.destroy(); },
    mend: () => { whole = true; },
    close: () => { for (const line of lines) line.destroy(); server.close(); },
  };
}

/** Asks until it is answered well; how long that took. */
async function recovers(ready) {
  const begun = Date.now();
  for (let last; ; await sleep(100)) {
    last = await ready();
    if (last.status === 200) return Date.now() - begun;
    assert.equal(last.status, 503, JSON.stringify(last));
    assert.ok(Date.now() - begun < 15_000, `it does not recover: ${JSON.stringify(last)}`);
  }
}

/** A clear refusal that says when to come back, and comes at once. */
async function refusedForNow(asked) {
  const begun = Date.now();
  const told = await asked;
  assert.equal(told.status, 503, JSON.stringify(told));
  assert.equal(told.error, 'temporarily_unavailable');
  assert.match(told.after ?? '', /^[1-9]\d*$/, 'Retry-After');
  assert.ok(Date.now() - begun < 6_000, 'it kept somebody waiting');
}

describe('faults', () => {
  // Node.js cannot ask fast enough: this one makes its proofs in Rust, and looks into the database after each kill.
  test('kill -9 under as many refreshes as can be asked for: no family is lost, and none is doubled', async (t) => {
    assert.ok(process.env.KEYBOUND_STORM, 'the test command builds what asks');
    const storm = new Process([process.env.KEYBOUND_STORM, '--only', 'killed']);
    const [status] = await storm.exited;
    assert.equal(status, 0, storm.log);
    const kills = storm.log.match(/^killed at \d+ refreshes a second, .*$/gm) ?? [];
    for (const line of kills) t.diagnostic(line);
    assert.equal(kills.length, 3, storm.log);
  });

  test('kill -9 under many codes at once: none is redeemed twice', async () => {
    const env = { KEYBOUND_DATABASE: `sqlite:${join(scratch(), 'keybound.db')}` };
    let server = await startServe({ env });
    const tenant = await furnish(server);
    const keys = await generateKeyPair('ES256');
    const jar = new Map();
    for (let round = 0; round < 3; round += 1) {
      const codes = [];
      for (let i = 0; i < 24; i += 1) codes.push(await code(server, tenant, jar));
      let answered = 0;
      const before = Promise.all(codes.map((one) => ask(server, keys, one)
        .then((told) => { answered += 1; return told.status; }, () => undefined)));
      await server.until('redeeming', () => answered >= 4 * (round + 1));
      await server.kill();
      const first = await before;
      server = await startServe({ env, port: server.port });
      const second = await Promise.all(codes.map((one) => ask(server, keys, one).then((told) => told.status)));
      for (const [at, status] of first.entries()) {
        assert.ok(status === 200 || status === undefined, `${status}`);
        // Whoever heard nothing may try again, and is told either way.
        assert.ok(status === 200 ? second[at] === 403 : [200, 403].includes(second[at]), `${status}, ${second[at]}`);
      }
    }
    await server.stop();
  });

  test('a full disk refuses clearly, spends nothing, and is survived without a restart', async () => {
    const folder = join(scratch(), 'small');
    mkdirSync(folder);
    const mount = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"';
    const server = await startServe({
      env: { KEYBOUND_DATABASE: `sqlite:${join(folder, 'keybound.db')}` },
      under: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, folder],
    });
    const tenant = await furnish(server);
    const [session] = await sessions(server, tenant, 1);
    // Its own view of the folder; ours is another.
    const junk = join('/proc', String(server.child.pid), 'root', folder, 'junk');
    const file = openSync(junk, 'w');
    assert.throws(() => { for (;;) writeSync(file, Buffer.alloc(4096, 1)); }, { code: 'ENOSPC' });
    fdatasyncSync(file);
    closeSync(file);
    for (let i = 0; i < 3; i += 1) await refusedForNow(refresh(server, tenant, session.keys, session.token));
    rmSync(junk);
    await recovers(() => step(server, tenant, session));
    assert.equal((await step(server, tenant, session)).status, 200);
    assert.equal((await machine(server, tenant)).status, 200);
    await server.stop();
  });

  const [first, second] = (process.env.KEYBOUND_TEST_DATABASES ?? '').split(' ');
  for (const [what, url, place] of [
    ['PostgreSQL', first, (through) => ({ KEYBOUND_DATABASE: through })],
    ['Redis', process.env.KEYBOUND_TEST_REDIS, (through) => ({ KEYBOUND_DATABASE: second, KEYBOUND_REDIS: through })],
  ]) {
    test(`${what} away for ten seconds: refused clearly, nothing lost, and recovered without a restart`, async () => {
      assert.ok(url, 'the test command starts the databases');
      const line = await cable(url);
      const master = { KEYBOUND_MASTER_KEY: Buffer.alloc(32, 7).toString('base64url') };
      const server = await startServe({ env: { ...place(line.url), ...master } });
      const tenant = await furnish(server);
      await graceful(tenant);
      const [session] = await sessions(server, tenant, 1);
      const kept = await code(server, tenant);
      line.cut();
      for (const begun = Date.now(); Date.now() - begun < 10_000; await sleep(500)) {
        await refusedForNow(refresh(server, tenant, session.keys, session.token));
        await refusedForNow(ask(server, session.keys, kept));
      }
      assert.equal((await fetch(`${server.origin}/health/ready`)).status, 503);
      assert.equal((await fetch(`${server.origin}/health/live`)).status, 200);
      line.mend();
      await recovers(() => step(server, tenant, session));
      assert.equal((await ask(server, session.keys, kept)).status, 200, 'the code was not spent');
      assert.equal((await ask(server, session.keys, kept)).status, 403, 'and is spent once');
      assert.equal((await step(server, tenant, session)).status, 200);
      await server.stop();
      line.close();
    });
  }
});
