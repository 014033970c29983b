// The pages a person sees, in Chromium: what only a browser can tell (policies, cookies, frames, focus).
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { startServe, administer, browse, signIn, signInByForms } from './harness.mjs';

const person = { email: 'grace@example.com', password: 'Correct-Horse-7-Battery' };
const posted = [];
let server;
let browser;
let application;
let origin;
let client;

before(async () => {
  application = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; }).on('end', () => {
      if (request.method === 'POST') posted.push(new URLSearchParams(body));
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>application</title>');
    });
  }).listen(0, '127.0.0.1');
  await once(application, 'listening');
  origin = `http://localhost:${application.address().port}`;
  server = await startServe();
  const api = await administer(server);
  client = await api('POST', 'clients', {
    name: 'Print Shop', app_type: 'spa', token_endpoint_auth_method: 'none',
    callbacks: [`${origin}/cb`, origin], web_origins: [origin], allowed_logout_urls: [`${origin}/bye`],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  await api('POST', 'users', { connection: 'Username-Password-Authentication', email_verified: true, ...person });
  browser = await browse();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  application?.close();
});

/** An authorization request. */
function ask(more = {}) {
  return `${server.issuer}authorize?${new URLSearchParams({
    client_id: client.client_id, redirect_uri: `${origin}/cb`, response_type: 'code', scope: 'openid profile',
    state: 's=1 &', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
    ...more,
  })}`;
}

/** A page that writes down what its own policy refuses. */
async function open(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const refused = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) refused.push(message.text());
  });
  return { context, page, refused };
}

async function signedIn(options) {
  const opened = await open(options);
  await opened.page.goto(ask());
  await signIn(opened.page, person);
  await opened.page.waitForURL(`${origin}/**`);
  return opened;
}

/** What a page of the application hears when it frames, or opens, an address. */
const hears = (page, address, how) => page.evaluate(([url, frames]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('heard nothing')), 10_000);
  addEventListener('message', ({ origin: from, data }) => {
    if (data?.type === 'authorization_response') resolve({ from, ...data.response });
  });
  if (frames) document.body.append(Object.assign(document.createElement('iframe'), { src: url }));
  else window.open(url, 'answer', 'width=400,height=600');
}), [address, how === 'iframe']);

const focused = (page) => page.evaluate(() => document.activeElement.id);
const fits = (page) => page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth);

describe('pages', () => {
  test('a person signs in and consents on a narrow phone, and comes back to the application', async () => {
    const { context, page, refused } = await open({ viewport: { width: 320, height: 568 } });
    await page.goto(ask());
    assert.equal(await focused(page), 'username');
    assert.ok(await fits(page), 'the sign-in page is not wider than the phone');
    await signIn(page, { ...person, password: 'wrong' });
    assert.equal(await page.textContent('[role=alert]'), 'Wrong email or password.');
    assert.equal(await focused(page), 'password');
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Allow Print Shop to use your account?');
    assert.ok(await fits(page), 'the consent page is not wider than the phone');
    await page.click('button[value=accept]');
    await page.waitForURL(`${origin}/cb?**`);
    const answer = new URL(page.url()).searchParams;
    assert.equal(answer.get('state'), 's=1 &');
    assert.equal(answer.get('iss'), server.issuer);
    assert.match(answer.get('code'), /^[\w-]{43}$/);
    assert.deepEqual(refused, []);
    await context.close();
  });

  test('the link of a letter leads to one button, which works without scripts and ends where it was to lead', async () => {
    const api = await administer(server);
    const found = await api('GET', `users-by-email?email=${encodeURIComponent(person.email)}`);
    const whom = { user_id: found[0].user_id, result_url: `${origin}/verified#top`, includeEmailInRedirect: true };
    for (const javaScriptEnabled of [true, false]) {
      const { context, page, refused } = await open({ javaScriptEnabled });
      const { ticket } = await api('POST', 'tickets/email-verification', whom);
      // A letter is read on another site.
      await page.goto(`${origin}/mail`);
      await page.goto(ticket, { referer: `${origin}/mail` });
      assert.equal(await page.locator('button').count(), 1);
      await page.locator('button').click();
      await page.waitForURL(`${origin}/verified**`);
      const told = new URL(page.url());
      assert.deepEqual(Object.fromEntries(told.searchParams), {
        success: 'true', code: 'success', email: person.email,
        message: 'Your email was verified. You can continue using the application.',
      });
      assert.equal(told.hash, '#top');
      await page.goto(ticket);
      await page.waitForURL(`${origin}/verified?success=false**`);
      const { ticket: change } = await api('POST', 'tickets/password-change', { ...whom, result_url: `${origin}/changed` });
      await page.goto(change);
      assert.equal(await page.locator('button').count(), 1);
      await page.locator('#password').fill(person.password);
      await page.locator('#re-enter-password').fill(person.password);
      await page.locator('button').click();
      await page.waitForURL(`${origin}/changed?success=true**`);
      assert.deepEqual(refused, []);
      await context.close();
    }
  });

  test('a form sends itself, and without scripts a person sends it', async () => {
    for (const javaScriptEnabled of [true, false]) {
      posted.length = 0;
      const { context, page, refused } = await signedIn({ javaScriptEnabled });
      await page.goto(ask({ response_mode: 'form_post' }));
      if (!javaScriptEnabled) await page.click('button:has-text("Return to Print Shop")');
      await page.waitForURL(`${origin}/cb`);
      assert.equal(posted.length, 1);
      assert.equal(posted[0].get('state'), 's=1 &');
      assert.ok(posted[0].get('code'));
      assert.deepEqual(refused, []);
      await context.close();
    }
  });

  test('a frame and a popup hear the answer, and nothing in it is run', async () => {
    const { context, page, refused } = await signedIn();
    const state = '</script><script>parent.document.title="run"</script>';
    const quietly = ask({ response_mode: 'web_message', prompt: 'none', redirect_uri: origin, state });
    for (const how of ['iframe', 'popup']) {
      await page.goto(`${origin}/app`);
      const heard = await hears(page, quietly, how);
      assert.equal(`${heard.from}/`, server.issuer);
      assert.equal(heard.state, state);
      assert.ok(heard.code);
      assert.equal(await page.title(), 'application');
    }
    assert.deepEqual(refused, []);
    await context.close();
  });

  test('a browser that takes no Secure cookie without TLS, as Safari, signs in, stays so, and signs out', async () => {
    const safari = { jar: new Map(), takes: (line) => !/;\s*secure\b/i.test(line) };
    const silent = () => signInByForms(ask({ prompt: 'none' }), person, origin, safari);
    const back = await signInByForms(ask({ prompt: 'login' }), person, origin, safari);
    assert.ok(back.searchParams.get('code'), back.href);
    assert.deepEqual([...safari.jar.keys()].sort(), ['keybound_browser_compat', 'keybound_session_compat']);
    assert.ok((await silent()).searchParams.get('code'));
    await fetch(`${server.issuer}v2/logout`, {
      redirect: 'manual', headers: { cookie: [...safari.jar].map((pair) => pair.join('=')).join('; ') },
    });
    assert.equal((await silent()).searchParams.get('error'), 'login_required');
  });

  test('the sign-in page cannot be framed', async () => {
    const { context, page } = await open();
    await page.goto(`${origin}/app`);
    await page.evaluate((url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url })), ask());
    await page.waitForTimeout(1000);
    for (const frame of page.frames().slice(1)) assert.equal(await frame.locator('#password').count(), 0);
    await context.close();
  });

  test('a person is asked before an application signs them out, and is out afterwards', async () => {
    const { context, page, refused } = await signedIn();
    await page.goto(`${server.issuer}oidc/logout?${new URLSearchParams({
      client_id: client.client_id, post_logout_redirect_uri: `${origin}/bye`, state: 'z',
    })}`);
    await page.click('button[value=accept]');
    await page.waitForURL(`${origin}/bye?state=z`);
    const heard = await hears(page, ask({ response_mode: 'web_message', prompt: 'none', redirect_uri: origin }), 'iframe');
    assert.equal(heard.error, 'login_required');
    assert.equal(heard.error_description, 'Login required');
    assert.deepEqual(refused, []);
    await context.close();
  });
});
