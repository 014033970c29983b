// The newest @auth0/auth0-spa-js, unmodified, in Chromium: server and demo API are Keybound's.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { calculateJwkThumbprint } from 'jose';
import { startDev, browse, signIn, claims } from './harness.mjs';
import { judge } from './single-page.mjs';

const SDK = readFileSync(new URL('node_modules/@auth0/auth0-spa-js/dist/auth0-spa-js.production.js', import.meta.url), 'utf8');
const APP = '<!doctype html><title>An app</title><script src="/auth0-spa-js.js"></script><p>An app</p>';

let dev;
let browser;
before(async () => {
  dev = await startDev();
  browser = await browse();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** A fresh browser profile whose app is served at the origin that the tenant knows. */
async function openApp() {
  const context = await browser.newContext();
  const origin = new URL(dev.page).origin;
  // The browser does not let us answer a redirected navigation: there the demo page arrives, without its scripts.
  await context.route(`${origin}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/auth0-spa-js.js') return route.fulfill({ contentType: 'text/javascript', body: SDK });
    if (pathname.endsWith('.js')) return route.fulfill({ contentType: 'text/javascript', body: '' });
    return route.fulfill({ contentType: 'text/html', body: APP });
  });
  const page = await context.newPage();
  const calls = [];
  context.on('request', (request) => {
    if (!/\/oauth\/token$|\/me$|\/orders$/.test(new URL(request.url()).pathname) || request.method() === 'OPTIONS') return;
    calls.push({ url: request.url(), method: request.method(), headers: request.headers(), body: request.postData() });
  });
  await page.goto(`${origin}/`);
  return { context, page, calls, origin };
}

/** Makes the SDK's client in the page; `more` are its options. */
const client = (page, more = {}) => page.waitForFunction(() => window.auth0).then(() => page.evaluate(async ([dev, more]) => {
  window.client = await auth0.createAuth0Client({
    domain: dev.issuer.replace(/\/$/, ''),
    clientId: dev.spa_client_id,
    useDpop: true,
    ...more,
    authorizationParams: {
      redirect_uri: location.origin, audience: dev.audience, scope: 'openid profile email read:orders write:orders',
      ...more.authorizationParams,
    },
  });
}, [{ issuer: dev.issuer, spa_client_id: dev.spa_client_id, audience: dev.audience }, more]));

/** From nothing to signed in. */
async function signedIn(more) {
  const app = await openApp();
  await client(app.page, more);
  await app.page.evaluate(() => { window.client.loginWithRedirect(); });
  await signIn(app.page, { email: dev.user, password: dev.password });
  await app.page.waitForURL(/[?&]code=/);
  await app.page.goto(app.page.url());
  await client(app.page, more);
  await app.page.evaluate(async () => {
    await window.client.handleRedirectCallback();
    history.replaceState({}, '', '/');
  });
  return app;
}

const proofOf = (call) => claims(call.headers.dpop);

/** What must hold of everything an app sent: a proof on each call, and never a Bearer. */
async function onlyBound(calls) {
  assert.ok(calls.length > 0);
  for (const call of calls) {
    assert.ok(call.headers.dpop, `no proof on ${call.method} ${call.url}`);
    assert.doesNotMatch(call.headers.authorization ?? '', /^bearer/i);
    const proof = proofOf(call);
    assert.equal(proof.header.typ, 'dpop+jwt');
    assert.equal(proof.htm, call.method);
    assert.equal(proof.htu, call.url);
  }
  const thumbprints = new Set();
  for (const call of calls) thumbprints.add(await calculateJwkThumbprint(proofOf(call).header.jwk));
  assert.equal(thumbprints.size, 1, 'one key signed everything');
  return [...thumbprints][0];
}

/** A call to the demo API through the SDK's fetcher. */
const call = (page, path, init) => page.evaluate(async ([api, audience, path, init]) => {
  window.fetcher ??= window.client.createFetcher({ baseUrl: api, dpopNonceId: 'demo-api' });
  // Without an audience of its own the SDK asks for a token of no API at all, whatever the client was told.
  const response = await window.fetcher.fetchWithAuth(path, init, { audience });
  return { status: response.status, body: await response.json() };
}, [dev.api, dev.audience, path, init]);

describe('auth0-spa-js from a script element', () => {
  test('the fetcher calls /me and /orders with a proof each', async () => {
    const { page, calls, context } = await signedIn();
    const me = await call(page, '/me');
    assert.equal(me.status, 200);
    const made = await call(page, '/orders', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ item: 'tea' }),
    });
    assert.ok(made.status === 200 || made.status === 201, JSON.stringify(made));
    const orders = await call(page, '/orders');
    assert.equal(orders.status, 200);
    assert.match(JSON.stringify(orders.body), /tea/);
    await onlyBound(calls);
    const api = calls.filter((each) => each.url.startsWith(dev.api.replace(/\/$/, '')));
    for (const each of api) assert.match(each.headers.authorization, /^DPoP /);
    assert.equal(new Set(api.map((each) => proofOf(each).jti)).size, api.length, 'no proof was used twice');
    await context.close();
  });

  test('UseDpopNonceError is reached when the nonce never arrives', async () => {
    const { page, context } = await signedIn();
    assert.equal((await call(page, '/me')).status, 200);
    // Something on the way puts an old proof in the place of each new one.
    let old;
    await context.route(`${dev.api.replace(/\/$/, '')}/me`, async (route) => {
      const headers = await route.request().allHeaders();
      old ??= await page.evaluate(async ([url]) => window.client.generateDpopProof({
        url, method: 'GET', accessToken: await window.client.getTokenSilently(),
      }), [route.request().url()]);
      await route.continue({ headers: { ...headers, dpop: old } });
    });
    const name = await page.evaluate(async (audience) => {
      try {
        await window.fetcher.fetchWithAuth('/me', undefined, { audience });
        return 'no error';
      } catch (error) {
        return error instanceof auth0.UseDpopNonceError ? `UseDpopNonceError ${typeof error.newDpopNonce}` : String(error);
      }
    }, dev.audience);
    assert.equal(name, 'UseDpopNonceError string');
    await context.close();
  });

  test('a reload keeps the session', async () => {
    const { page, context } = await signedIn();
    await page.reload();
    await client(page);
    assert.equal(await page.evaluate(() => window.client.isAuthenticated()), true);
    assert.equal((await page.evaluate(() => window.client.getUser())).email, dev.user);
    await context.close();
  });

  test('a wrong password stays on the page and says so', async () => {
    const { page, context } = await openApp();
    await client(page);
    await page.evaluate(() => { window.client.loginWithRedirect(); });
    await signIn(page, { email: dev.user, password: 'not the password' });
    await page.waitForSelector('text=/wrong email or password/i');
    await signIn(page, { email: dev.user, password: dev.password });
    await page.waitForURL(/[?&]code=/);
    await context.close();
  });
});

await judge('auth0-spa-js', 'spa.js');
