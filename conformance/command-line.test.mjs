// The command line and Chromium: people log in where they are sent, and what is kept of it serves its key alone. Devices
// log in at npm oidc-provider, which nobody here wrote.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import Provider from 'oidc-provider';
import { browse, claims, corner, freePort, signIn, startDev } from './harness.mjs';

let browser;
before(async () => { browser = await browse(); });
after(async () => { await browser?.close(); });

describe('the command line and keybound dev', () => {
  let dev;
  let person;
  const home = corner();
  before(async () => {
    mkdirSync(join(home.folder, '.keybound'));
    dev = await startDev('--data', join(home.folder, '.keybound'));
    person = { email: dev.user, password: dev.password };
  });
  after(async () => { await dev?.stop(); });

  /** Logs in where the command sends its person. */
  const logIn = async (page, { args = [], at = home, asked = true } = {}) => {
    const login = at.begin(['login', ...args]);
    await page.goto(await at.sentTo(login));
    if (asked) await signIn(page, person);
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback\?/);
    assert.match(await page.textContent('p'), /You are done here/);
    assert.equal(await login.ended, 0, login.err);
    return login.out;
  };

  test('a person logs in with no flags at all, and the API shows its orders', async () => {
    const context = await browser.newContext();
    const told = await logIn(await context.newPage());
    assert.match(told, /Logged in as Ada Lovelace <ada@example\.com>/);
    const { email, bound_to: boundTo } = JSON.parse(await home.says('whoami', '--json'));
    assert.equal(email, dev.user);
    const token = (await home.says('token')).trim();
    assert.equal(claims(token).cnf.jkt, boundTo);
    const call = await home.run(['call', 'GET', `${dev.api}orders`, '-v']);
    assert.match(call.out, /A brass key/);
    assert.match(call.err, /< 401 [^]*use_dpop_nonce[^]*< 200 /, 'the nonce retry is shown');
    assert.doesNotMatch(call.err, /eyJ/, 'no token and no proof is');
    await sleep(1100);
    assert.notEqual((await home.says('token', '--refresh')).trim(), token);

    // The same browser is not asked for the password again.
    await logIn(await context.newPage(), { asked: false });
    await context.close();
  });

  test('cancel in the browser ends it with status 20, and the login before stays', async () => {
    const page = await browser.newPage();
    const fresh = corner();
    const env = {
      AUTH0_DOMAIN: dev.issuer, AUTH0_CLIENT_ID: dev.native_client_id, AUTH0_AUDIENCE: dev.audience,
    };
    for (const [at, more] of [[home, {}], [fresh, env]]) {
      const login = at.begin(['login', '--prompt', 'consent login'], more);
      await page.goto(await at.sentTo(login));
      await page.fill('#username', person.email);
      await page.fill('#password', person.password);
      await page.click('button[type=submit][name=action][value=default]');
      await page.click('button[name=action][value=deny]');
      await page.waitForURL(/error=access_denied/);
      assert.match(await page.textContent('p'), /You were not signed in/);
      assert.equal(await login.ended, 20);
      assert.match(login.err, /access_denied[^]*somebody pressed cancel/);
    }
    assert.ok((await home.says('token')).startsWith('eyJ'));
    assert.equal((await fresh.run(['whoami'])).code, 9);
    assert.deepEqual(readdirSync(fresh.store), ['logins'], 'nothing but a file to wait at');
    await page.close();
  });

  test('a stolen file of tokens is of no use without the key', async () => {
    const files = readdirSync(join(home.store, 'sessions')).filter((name) => name.endsWith('.json'));
    assert.equal(files.length, 1);
    const stolen = JSON.parse(readFileSync(join(home.store, 'sessions', files[0]), 'utf8'));
    for (const scheme of ['Bearer', 'DPoP']) {
      const answer = await fetch(`${dev.api}orders`, { headers: { authorization: `${scheme} ${stolen.access[0].access_token}` } });
      assert.equal(answer.status, 401, scheme);
    }
    const thief = corner();
    await thief.says('keys', 'generate');
    const refresh = await fetch(new URL('oauth/token', dev.issuer), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token', client_id: dev.native_client_id, refresh_token: stolen.refresh[0].token,
      }),
    });
    assert.equal(refresh.status, 400);
    assert.match((await refresh.json()).error, /dpop/);
    assert.ok((await home.says('token', '--refresh')).length > 100, 'the owner is none the poorer');
  });

  test('leaving revokes, forgets, and ends the session in the browser too', async () => {
    const context = await browser.newContext();
    await logIn(await context.newPage());
    const left = home.begin(['logout', '--browser']);
    const page = await context.newPage();
    await page.goto(await home.sentTo(left));
    assert.equal(await left.ended, 0, left.err);
    assert.match(left.out, /The refresh token is revoked[^]*is forgotten/);
    const button = page.locator('button[type=submit]').first();
    if (await button.isVisible()) await button.click();
    assert.equal((await home.run(['token'])).code, 9);
    // The server asks for the password again.
    await logIn(await context.newPage());
    await context.close();
  });
});

describe('the command line and oidc-provider', () => {
  let issuer;
  let server;
  // Seconds by which the provider's clock is ahead.
  const clock = { ahead: 0 };
  const now = Date.now;
  before(async () => {
    const port = await freePort();
    issuer = `http://localhost:${port}/`;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const provider = new Provider(issuer, {
      clients: [{
        client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: ['http://127.0.0.1/callback'], dpop_bound_access_tokens: true,
      }],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'r1', alg: 'RS256', use: 'sig' }] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      scopes: ['openid', 'offline_access'],
      issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
      features: {
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
        pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        devInteractions: { enabled: true },
        dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
    const dated = (_request, response, next) => {
      response.setHeader('date', new Date(Date.now()).toUTCString());
      next();
    };
    server = express().use(dated).use(provider.callback()).listen(port, 'localhost');
    await once(server, 'listening');
    Date.now = () => now() + clock.ahead * 1000;
  });
  after(() => {
    Date.now = now;
    server?.closeAllConnections();
    server?.close();
  });

  const native = () => ({ AUTH0_DOMAIN: issuer, AUTH0_CLIENT_ID: 'native', AUTH0_SCOPE: 'openid' });

  /** What the pages of oidc-provider ask, as far as they ask. */
  const answerPages = async (page) => {
    await page.fill('input[name=login]', 'ada');
    await page.fill('input[name=password]', 'any');
    await page.click('button[type=submit]');
    await page.waitForSelector('input[value=consent]', { state: 'attached' });
    await page.click('button[type=submit]');
  };

  /** Begins a login on a device, and reads the code it shows. */
  const device = async (at) => {
    const login = at.begin(['login', '--device'], native());
    for (let i = 0; i < 200 && !/The code is good/.test(login.err); i += 1) await sleep(50);
    const [, url, code] = login.err.match(/open\n\n {2}(\S+)\n\nand enter\n\n {2}(\S+)\n/) ?? assert.fail(login.err);
    return { login, url, code };
  };

  test('a device waits until its person has logged in elsewhere', async () => {
    const at = corner();
    const { login, url, code } = await device(at);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.fill('input[name=user_code]', code);
    await page.click('button[type=submit]');
    await page.waitForSelector('input[name=confirm]', { state: 'attached' });
    await page.click('button[type=submit][autofocus]');
    await answerPages(page);
    await page.waitForSelector('text=Sign-in Success');
    assert.equal(await login.ended, 0, login.err);
    assert.match(login.out, /Logged in as ada\n/);
    assert.equal(JSON.parse(await at.says('token', '--refresh', '--json')).token_type, 'DPoP');
    const left = JSON.parse(await at.says('logout', '--json'));
    assert.deepEqual([left.revoked, left.problem], [true, null]);
    await context.close();
  });

  test('a device whose person says no, or whose own says Ctrl-C, keeps nothing', async () => {
    const at = corner();
    const first = await device(at);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${first.url}?user_code=${first.code}`);
    await page.waitForSelector('input[name=confirm]', { state: 'attached' });
    await page.click('button[name=abort]');
    assert.equal(await first.login.ended, 20, first.login.err);
    assert.match(first.login.err, /access_denied/);
    const second = await device(at);
    second.login.child.kill('SIGINT');
    assert.equal(await second.login.ended, 130);
    assert.match(second.login.err, /nothing was kept/);
    assert.deepEqual(readdirSync(at.store), ['logins']);
    await context.close();
  });

  for (const ahead of [0, 300, -300]) {
    test(`a browser and a pushed request, where the server's clock is ${ahead} s ahead`, async () => {
      clock.ahead = ahead;
      const at = corner();
      const login = at.begin(['login'], native());
      const context = await browser.newContext();
      const page = await context.newPage();
      const url = await at.sentTo(login);
      assert.match(url, /request_uri=/);
      await page.goto(url);
      await answerPages(page);
      await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback\?/);
      assert.equal(await login.ended, 0, login.err);
      const note = /this machine's clock is (\d+) s (behind|ahead of) the server's/.exec(login.err);
      assert.equal(note?.[2], { 0: undefined, 300: 'behind', '-300': 'ahead of' }[ahead], login.err);
      assert.ok((await at.says('token', '--refresh')).length > 20);
      await context.close();
      clock.ahead = 0;
    });
  }
});
