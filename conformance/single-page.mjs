// The same page-driving script for every SDK of a framework: an app of it (`apps/`) in Chromium, DPoP on. Two APIs: our
// own demo API, which demands nonces, and npm express-oauth2-jwt-bearer.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, generateProof } from 'dpop';
import { build } from 'esbuild';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { calculateJwkThumbprint } from 'jose';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import { administer, browse, claims, signIn, signInByForms, startDev } from './harness.mjs';
import { totp } from './backend.mjs';

const LEDGER = 'https://ledger.example/';
const SCOPE = 'openid profile email read:orders write:orders';
const MULTI_FACTOR = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
// Two tabs need a leeway: what one writes to its storage reaches the other some moments after the lock does.
const REFRESH = {
  rotation_type: 'rotating', expiration_type: 'expiring', leeway: 60, token_lifetime: 86_400,
  idle_token_lifetime: 3_600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false,
  policies: [{ audience: LEDGER, scope: ['read:entries'] }],
};
const ENTRIES = 'openid profile email read:entries';

/** Bundles an app as its framework's users do for production. */
async function bundled(entry) {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [fileURLToPath(new URL(`apps/${entry}`, import.meta.url))],
    bundle: true, minify: true, write: false, format: 'esm', jsx: 'automatic', logLevel: 'silent', keepNames: true,
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
  });
  return text;
}

/** An API of somebody else, which takes bound tokens alone and pages of one origin. */
async function ledger(issuer, origin) {
  const app = express();
  app.use((request, response, next) => {
    response.set({ 'access-control-allow-origin': origin, 'access-control-allow-headers': 'authorization, dpop' });
    return request.method === 'OPTIONS' ? response.end() : next();
  });
  app.use(auth({ issuerBaseURL: issuer, audience: LEDGER, dpop: { enabled: true, required: true } }));
  app.get('/entries', ({ auth: { payload } }, response) => response.json({ sub: payload.sub, jkt: payload.cnf.jkt, scope: payload.scope }));
  app.use((error, _request, response, _next) => response.status(error.status ?? 500).set(error.headers).end(error.message));
  const listener = app.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { listener, url: `http://127.0.0.1:${listener.address().port}` };
}

/** A tenant whose single-page client may ask for both APIs by one refresh token. */
async function furnish(dev) {
  const api = await administer({
    issuer: dev.issuer, management: { client_id: dev.management_client_id, client_secret: dev.management_client_secret },
  });
  await api('POST', 'resource-servers', {
    name: 'Ledger', identifier: LEDGER, allow_offline_access: true, skip_consent_for_verifiable_first_party_clients: true,
    scopes: ['read:entries', 'write:entries'].map((value) => ({ value, description: value })),
    proof_of_possession: { mechanism: 'dpop', required: true },
  });
  await api('PATCH', `clients/${dev.spa_client_id}`, {
    refresh_token: REFRESH,
  });
  await api('PUT', 'guardian/factors/otp', { enabled: true });
  // On this machine nobody can tell whose page it is, so the person agrees once, here.
  const callback = new URL(dev.page).origin;
  const asked = {
    client_id: dev.spa_client_id, response_type: 'code', redirect_uri: callback, audience: LEDGER,
    scope: `${SCOPE} read:entries write:entries`, code_challenge_method: 'S256',
    code_challenge: await calculatePKCECodeChallenge(generateRandomCodeVerifier()),
  };
  await signInByForms(`${dev.issuer}authorize?${new URLSearchParams(asked)}`, { email: dev.user, password: dev.password }, callback);
  return api;
}

const proofOf = (call) => claims(call.headers.dpop);
const refreshes = (calls) => calls.filter(({ body }) => /grant_type=refresh_token/.test(body ?? ''));

/** What must hold of everything an app sent: a proof on each call, by one key, none twice, and never a Bearer. */
async function onlyBound(calls) {
  assert.ok(calls.length > 0);
  const thumbprints = new Set();
  for (const call of calls) {
    assert.ok(call.headers.dpop, `no proof on ${call.method} ${call.url}`);
    assert.doesNotMatch(call.headers.authorization ?? '', /^bearer/i);
    const proof = proofOf(call);
    assert.deepEqual([proof.htm, proof.htu], [call.method, call.url]);
    thumbprints.add(await calculateJwkThumbprint(proof.header.jwk));
  }
  assert.equal(new Set(calls.map((call) => proofOf(call).jti)).size, calls.length, 'no proof was used twice');
  assert.equal(thumbprints.size, 1, 'one key signed everything');
  return [...thumbprints][0];
}

/** Everything that is asked of an SDK. */
export async function judge(name, entry) {
  let dev;
  let browser;
  let app;
  let other;
  let tenant;
  before(async () => {
    [dev, browser, app] = await Promise.all([startDev(), browse(), bundled(entry)]);
    tenant = await furnish(dev);
    other = await ledger(dev.issuer, new URL(dev.page).origin);
  });
  after(async () => {
    other?.listener.close();
    other?.listener.closeAllConnections();
    await browser?.close();
    await dev?.stop();
  });

  /** A fresh browser profile, whose app stands at the origin that the tenant knows. */
  async function open({ scope = SCOPE, ...more } = {}) {
    const context = await browser.newContext();
    const origin = new URL(dev.page).origin;
    await context.route(`${origin}/**`, (route) => {
      if (new URL(route.request().url()).pathname === '/app.js') return route.fulfill({ contentType: 'text/javascript', body: app });
      return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>An app</title><div id="root"></div><script type="module" src="/app.js"></script>' });
    });
    const config = { domain: dev.issuer.replace(/\/$/, ''), clientId: dev.spa_client_id, useDpop: true, ...more };
    const authorizationParams = { redirect_uri: origin, audience: dev.audience, scope };
    await context.addInitScript((told) => { window.config = told; }, { ...config, authorizationParams });
    const calls = [];
    context.on('request', (request) => {
      if (!/\/oauth\/token$|\/me$|\/orders$|\/entries$/.test(new URL(request.url()).pathname) || request.method() === 'OPTIONS') return;
      calls.push({ url: request.url(), method: request.method(), headers: request.headers(), body: request.postData() });
    });
    return { context, calls, origin, page: await arrive(await context.newPage(), origin) };
  }

  /** The page of an app, as soon as it knows who is there. */
  async function arrive(page, url) {
    await page.goto(url);
    await page.waitForSelector('main[data-loading=false]', { state: 'attached' });
    return page;
  }

  const sees = (page) => page.locator('main').evaluate((node) => ({ ...node.dataset }));

  /** From nothing to signed in. */
  async function signedIn(more) {
    const { page, ...opened } = await open(more);
    assert.equal((await sees(page)).in, 'false');
    await page.evaluate(() => { window.sdk.login(); });
    await signIn(page, { email: dev.user, password: dev.password });
    await page.waitForURL(/[?&]code=/);
    // The redirect ends at the demo page that lives there: a browser lets nobody answer those in its place.
    return { ...opened, page: await arrive(page, page.url()) };
  }

  const token = (page, options) => page.evaluate((options) => window.sdk.token(options), options);

  /** A call by a fetcher for one API, by name: each has nonces of its own. */
  const call = (page, api, path) => page.evaluate(async ([baseUrl, dpopNonceId, audience, path, scope]) => {
    window.fetchers ??= {};
    window.fetchers[dpopNonceId] ??= window.sdk.fetcher({ baseUrl, dpopNonceId });
    const response = await window.fetchers[dpopNonceId].fetchWithAuth(path, undefined, { audience, scope });
    return { status: response.status, body: await response.json() };
  }, api === 'demo' ? [dev.api, 'demo', dev.audience, path] : [other.url, 'ledger', LEDGER, path, ['read:entries']]);

  describe(name, () => {
    test('a person signs in, and the app has a token bound to the browser’s key', async () => {
      const { page, calls, context } = await signedIn();
      assert.deepEqual(await sees(page), { loading: 'false', in: 'true', email: dev.user });
      const access = claims(await token(page));
      assert.deepEqual([access.iss, access.cnf], [dev.issuer, { jkt: await onlyBound(calls) }]);
      await context.close();
    });

    test('a silent renewal by iframe needs no person', async () => {
      const { page, calls, context } = await signedIn();
      const first = calls.length;
      assert.equal(claims(await token(page, { cacheMode: 'off' })).cnf.jkt, await onlyBound(calls));
      const renewal = calls.slice(first);
      assert.equal(renewal.length, 1, 'the nonce was remembered: one request');
      assert.match(renewal[0].body, /grant_type=authorization_code/);
      await context.close();
    });

    test('refresh tokens rotate, also when the nonce is stale', async () => {
      const { page, calls, context } = await signedIn({ useRefreshTokens: true });
      const first = calls.length;
      await token(page, { cacheMode: 'off' });
      await page.evaluate(() => window.sdk.setNonce('bm90LWEtbm9uY2Utb2YtdGhpcy1zZXJ2ZXI'));
      const last = await token(page, { cacheMode: 'off' });
      const sent = refreshes(calls.slice(first)).map(({ body }) => new URLSearchParams(body).get('refresh_token'));
      assert.equal(sent.length, 3, 'two refreshes, one of them challenged and repeated');
      assert.deepEqual([sent[0] === sent[1], sent[1] === sent[2]], [false, true], 'the second was made with what the first gave');
      assert.equal(claims(last).cnf.jkt, await onlyBound(calls));
      await context.close();
    });

    test('an answer that was lost is given again to the SDK, which repeats its proof', async () => {
      const { page, calls, context } = await signedIn({ useRefreshTokens: true, cacheLocation: 'localstorage' });
      const first = calls.length;
      await page.route('**/oauth/token', async (route) => {
        await route.fetch();
        await route.abort();
      }, { times: 1 });
      assert.ok(await token(page, { cacheMode: 'off' }));
      const repeated = calls.slice(first);
      assert.deepEqual([repeated.length, new Set(repeated.map(({ headers }) => headers.dpop)).size], [2, 1]);
      assert.ok(await token(page, { cacheMode: 'off' }), 'the family lives');
      await context.close();
    });

    test('a refresh token that was rotated is good for as long as the leeway, and ends its family after it', async () => {
      for (const [leeway, expected] of [[0, 'invalid_grant'], [REFRESH.leeway, 'a token']]) {
        await tenant('PATCH', `clients/${dev.spa_client_id}`, { refresh_token: { ...REFRESH, leeway } });
        const { page, calls, context } = await signedIn({ useRefreshTokens: true, cacheLocation: 'localstorage' });
        const renewed = () => page.evaluate(() => window.sdk.token({ cacheMode: 'off' }).then(() => 'a token', ({ error }) => error));
        /** Puts what the page remembers back to what it was, and tells what it remembered. */
        const remembering = (kept) => page.evaluate((kept) => {
          const now = { ...localStorage };
          Object.assign(localStorage, kept);
          return now;
        }, kept);
        const first = await remembering({});
        assert.equal(await renewed(), 'a token');
        const second = await remembering(first);
        assert.equal(await renewed(), expected, `late, with a leeway of ${leeway} s`);
        const [once, again] = refreshes(calls).map(({ body }) => new URLSearchParams(body).get('refresh_token'));
        assert.equal(again, once);
        await remembering(second);
        assert.equal(await renewed(), expected, 'the family lives or is gone');
        await onlyBound(calls);
        await context.close();
      }
    });

    test('a fetcher for each API, each with its own token and nonces', async () => {
      const { page, calls, context } = await signedIn();
      assert.equal((await call(page, 'demo', '/me')).status, 200);
      const entries = await call(page, 'ledger', '/entries');
      assert.equal(entries.status, 200);
      assert.equal(entries.body.jkt, await onlyBound(calls));
      const before = calls.length;
      await page.evaluate(() => window.sdk.setNonce('bm90LWEtbm9uY2Utb2YtdGhpcy1hcGktYXQtYWxs', 'demo'));
      assert.equal((await call(page, 'demo', '/me')).status, 200);
      assert.equal(calls.length - before, 2, 'a nonce that went stale costs one more request');
      await onlyBound(calls);
      await context.close();
    });

    test('what is stolen from the page is worth nothing elsewhere', async () => {
      const { page, calls, context } = await signedIn();
      await call(page, 'ledger', '/entries');
      const { headers } = calls.at(-1);
      const stolen = headers.authorization.split(' ')[1];
      const thief = await generateKeyPair('ES256');
      for (const url of [`${other.url}/entries`, `${dev.api}me`]) {
        const dpop = await generateProof(thief, url, 'GET', undefined, stolen);
        const { authorization } = headers;
        const attempts = { bearer: { authorization: `Bearer ${stolen}` }, bare: { authorization }, 'with another key': { authorization, dpop } };
        for (const [how, attempt] of Object.entries(attempts)) {
          const { status } = await fetch(url, { headers: attempt });
          assert.ok([400, 401].includes(status), `${how} at ${url}: ${status}`);
        }
      }
      await context.close();
    });

    test('one refresh token serves both APIs, downscoped (MRRT)', async () => {
      const { page, calls, context } = await signedIn({
        useRefreshTokens: true, useMrrt: true, scope: { default: SCOPE, [dev.audience]: SCOPE, [LEDGER]: ENTRIES },
      });
      const first = calls.length;
      const access = claims(await token(page, { authorizationParams: { audience: LEDGER } }));
      assert.ok([access.aud].flat().includes(LEDGER), JSON.stringify(access.aud));
      assert.match(access.scope, /read:entries/);
      assert.doesNotMatch(access.scope, /orders/);
      assert.equal(refreshes(calls.slice(first)).length, 1, 'by the refresh token');
      assert.equal(access.cnf.jkt, await onlyBound(calls));
      assert.equal((await call(page, 'demo', '/me')).status, 200, 'and the first API still');
      const more = token(page, { cacheMode: 'off', authorizationParams: { audience: LEDGER, scope: 'write:entries' } });
      await assert.rejects(more, /Missing requested scopes after refresh/, 'what the policy does not have is not given');
      await context.close();
    });

    test('two tabs renew at once, with one key and one family of refresh tokens', async () => {
      const { page, calls, context, origin } = await signedIn({ useRefreshTokens: true, cacheLocation: 'localstorage' });
      const second = await arrive(await context.newPage(), origin);
      assert.equal((await sees(second)).in, 'true');
      const renewed = await Promise.all([page, second].map((tab) => token(tab, { cacheMode: 'off' })));
      const jkt = await onlyBound(calls);
      for (const each of renewed) assert.equal(claims(each).cnf.jkt, jkt);
      for (const tab of [page, second]) assert.ok(await token(tab, { cacheMode: 'off' }), 'the family lives');
      await context.close();
    });

    test('an app that needs a second factor asks for it (acr_values)', async () => {
      const { page, context, calls } = await signedIn();
      const identity = async () => claims((await token(page, { detailedResponse: true })).id_token);
      assert.equal((await identity()).acr, undefined);
      await page.evaluate((acr_values) => { window.sdk.login({ authorizationParams: { acr_values } }); }, MULTI_FACTOR);
      const secret = await page.locator('p.code').first().textContent();
      await page.fill('#code', totp(secret.replaceAll(' ', '')));
      await page.click('button[name=action][value=default]');
      await page.waitForURL(/[?&]code=/);
      await arrive(page, page.url());
      const { acr, amr } = await identity();
      assert.deepEqual([acr, amr], [MULTI_FACTOR, ['mfa']]);
      await onlyBound(calls);
      await context.close();
    });

    test('logging out ends the session here and at the server', async () => {
      const { page, context, origin } = await signedIn();
      const left = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
      await page.evaluate(() => { window.sdk.logout({ logoutParams: { returnTo: location.origin } }); });
      assert.equal((await left).url(), `${origin}/`);
      const again = await arrive(page, origin);
      assert.equal((await sees(again)).in, 'false');
      const refused = await again.evaluate(() => window.sdk.token().then(() => 'a token', ({ error }) => error));
      assert.equal(refused, 'login_required');
      await context.close();
    });
  });
}
