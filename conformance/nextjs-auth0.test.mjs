// The newest @auth0/nextjs-auth0, unmodified, in a real Next.js app (`nextjs/`, App Router and Pages Router), which was
// built once: pushed requests, DPoP with keys of the environment and with generated ones, fetchers, and both logouts.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { Process, browse, claims, freePort, signIn, startDev } from './harness.mjs';
import { furnishBackend } from './backend.mjs';

const NEXT = fileURLToPath(new URL('node_modules/next/dist/bin/next', import.meta.url));
const APP = fileURLToPath(new URL('nextjs', import.meta.url));

let dev;
let browser;
let tenant;
let port;
let origin;
before(async () => {
  [dev, browser, port] = await Promise.all([startDev(), browse(), freePort()]);
  origin = `http://localhost:${port}`;
  const management = { client_id: dev.management_client_id, client_secret: dev.management_client_secret };
  tenant = await furnishBackend({ issuer: dev.issuer, management }, {
    callback: `${origin}/auth/callback`, allowed_logout_urls: [origin],
    require_pushed_authorization_requests: true,
    oidc_logout: { backchannel_logout_urls: [`${origin}/auth/backchannel-logout`] },
  });
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** A key pair as `keybound keys export --format env` prints one, and its thumbprint. */
async function environmentKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jkt: await calculateJwkThumbprint(await exportJWK(publicKey)),
    env: {
      AUTH0_DPOP_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }),
      AUTH0_DPOP_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    },
  };
}

/** The app, running; `env` is what it is told besides. Asked politely to end, it would wait for idle browsers first. */
async function startApp(env = {}) {
  const app = new Process([process.execPath, NEXT, 'start', APP, '--port', String(port)], {
    AUTH0_DOMAIN: dev.issuer.replace(/\/$/, ''), AUTH0_CLIENT_ID: tenant.web.client_id, AUTH0_CLIENT_SECRET: tenant.web.client_secret,
    AUTH0_SECRET: SECRET, APP_BASE_URL: origin, AUTH0_AUDIENCE: dev.audience, APP_API: dev.api, NEXT_TELEMETRY_DISABLED: '1', ...env,
  });
  await app.until('answering', () => fetch(`${origin}/api/token`).then(() => true, () => false));
  return app;
}
const SECRET = randomBytes(32).toString('hex');

/** Somebody's browser, signed in at the app. */
async function signedIn() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const pushed = page.waitForRequest((request) => request.url().startsWith(`${dev.issuer}authorize`));
  await page.goto(origin);
  await page.click('a[href="/auth/login"]');
  const asked = [...new URL((await pushed).url()).searchParams.keys()].sort();
  assert.deepEqual(asked, ['client_id', 'request_uri'], 'the request was pushed');
  await signIn(page, tenant.person);
  await page.waitForSelector(`main[data-email="${tenant.person.email}"]`);
  return { context, page, ask: (path) => context.request.get(`${origin}${path}`).then((answer) => answer.json()) };
}

describe('nextjs-auth0, with keys of the environment and sessions in a store', () => {
  let app;
  let keys;
  before(async () => {
    keys = await environmentKeys();
    app = await startApp({ ...keys.env, APP_STORE: 'memory' });
  });
  after(() => app?.kill());

  test('a person signs in, and both routers know who it is', async () => {
    const { context, page, ask } = await signedIn();
    await page.goto(`${origin}/by-pages`);
    assert.equal(await page.locator('main').getAttribute('data-email'), tenant.person.email);
    assert.deepEqual(claims((await ask('/api/token')).token).cnf, { jkt: keys.jkt });
    await context.close();
  });

  test('fetchers of both routers call the API with the key, and one that was told to have none is refused', async () => {
    const { context, ask } = await signedIn();
    assert.equal((await ask('/api/orders')).status, 401, 'the SDK does not know yet that its token is bound');
    assert.deepEqual(claims((await ask('/api/token?refresh')).token).cnf, { jkt: keys.jkt });
    for (const path of ['/api/orders', '/api/orders-by-pages']) assert.equal((await ask(path)).status, 200, path);
    assert.equal((await ask('/api/orders?dpop=off')).status, 401);
    await context.close();
  });

  test('refresh tokens rotate, and what is stolen from the server is worth nothing without its key', async () => {
    const { context, ask } = await signedIn();
    const first = await ask('/api/token');
    const second = await ask('/api/token?refresh');
    assert.notEqual(second.refreshToken, first.refreshToken);
    const stolen = { authorization: `Bearer ${second.token}` };
    assert.equal((await fetch(`${dev.api}orders`, { headers: stolen })).status, 401);
    await context.close();
  });

  test('a session that ends at the server ends in the app (back-channel logout)', async () => {
    const { context, page } = await signedIn();
    await page.goto(`${dev.issuer}v2/logout`);
    await page.goto(origin);
    for (let i = 0; i < 100 && !(await page.locator('a[href="/auth/login"]').count()); i += 1) await page.reload();
    await page.waitForSelector('a[href="/auth/login"]', { timeout: 1_000 });
    await context.close();
  });

  test('logging out of the app ends the session at the server', async () => {
    const { context, page } = await signedIn();
    await page.click('a[href="/auth/logout"]');
    await page.waitForSelector('a[href="/auth/login"]');
    await page.click('a[href="/auth/login"]');
    await page.waitForSelector('#password');
    await context.close();
  });
});

describe('nextjs-auth0, with generated keys and sessions in cookies', () => {
  test('tokens are bound to the key of the process, and move to the next one’s when it is started anew', async () => {
    const first = await startApp({ APP_KEYS: 'generated' });
    const { context, ask } = await signedIn();
    const before = claims((await ask('/api/token?refresh')).token).cnf;
    assert.ok(before.jkt);
    assert.equal((await ask('/api/orders')).status, 200);
    await first.kill();
    const second = await startApp({ APP_KEYS: 'generated' });
    const stale = await ask('/api/orders');
    assert.equal(stale.status, 401, 'the token is bound to a key that is gone');
    const after = claims((await ask('/api/token?refresh')).token).cnf;
    assert.notEqual(after.jkt, before.jkt);
    assert.equal((await ask('/api/orders')).status, 200);
    await context.close();
    await second.kill();
  });
});
