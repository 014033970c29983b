// The demo page in Chromium, driven as a person would, without JavaScript of ours in it.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startDev, browse, signIn } from './harness.mjs';

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

const at = (page, id) => page.locator(`[data-testid="${id}"]`);
const data = async (page, id) => at(page, id).evaluate((node) => ({ ...node.dataset }));

/** Opens the page and signs in as the person the command printed. */
async function signedIn(context) {
  const page = await context.newPage();
  const refused = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) refused.push(message.text());
  });
  await page.goto(dev.page);
  await page.waitForSelector('[data-testid=session][data-state=out]');
  await at(page, 'sign-in').click();
  await signIn(page, { email: dev.user, password: dev.password });
  await page.waitForSelector('[data-testid=session][data-state=in]');
  assert.deepEqual(refused, [], 'the page obeys its own policy');
  return page;
}

describe('demo page', () => {
  test('a person signs in, and the token is bound to the key of this browser', async () => {
    const context = await browser.newContext();
    const page = await signedIn(context);
    const key = await data(page, 'key');
    const token = await data(page, 'token');
    assert.equal(key.extractable, 'false');
    assert.match(key.thumbprint, /^[\w-]{43}$/);
    assert.equal(token.jkt, key.thumbprint);
    assert.equal(token.scheme, 'DPoP');
    assert.equal((await data(page, 'binding')).equal, 'true');
    const kinds = await page.$$eval('[data-testid=step]', (steps) => steps.map((step) => step.dataset.kind));
    for (const kind of ['key', 'proof', 'nonce', 'token']) assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
    await context.close();
  });

  test('the owner calls the API, orders tea, and refreshes', async () => {
    const context = await browser.newContext();
    const page = await signedIn(context);
    for (const button of ['call-public', 'call-me', 'place-order', 'call-orders', 'refresh']) {
      const before = await page.locator('[data-testid=step]').count();
      await at(page, button).click();
      await page.waitForFunction((count) => document.querySelectorAll('[data-testid=step]').length > count, before);
      await page.waitForSelector('[data-testid=session][data-state=in]');
    }
    await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=step][data-kind=answer]')]
      .filter((step) => step.dataset.status?.startsWith('2')).length >= 4);
    assert.equal(await page.locator('[data-testid=step][data-kind=error]').count(), 0);
    await context.close();
  });

  test('the thief is refused each way, with a reason, and the owner still can', async () => {
    const context = await browser.newContext();
    const page = await signedIn(context);
    const sent = [];
    page.on('response', (response) => {
      if (response.request().method() !== 'OPTIONS' && response.url().startsWith(dev.api)) sent.push(response.status());
    });
    await at(page, 'thief-run').click();
    await page.waitForSelector('[data-testid=thief][data-state=done]');
    const verdict = await data(page, 'thief-verdict');
    assert.deepEqual([verdict.tried, verdict.refused], ['5', '5']);
    const reasons = {};
    for (const way of ['bearer', 'no-proof', 'other-key', 'replay', 'other-url']) {
      const attempt = await data(page, `attempt-${way}`);
      assert.equal(attempt.result, 'refused', way);
      assert.match(attempt.status, /^40[01]$/, way);
      assert.ok(attempt.reason, `${way} has a reason`);
      reasons[way] = `${attempt.error} ${attempt.reason}`;
    }
    assert.match(reasons['other-url'], /proof\.htu/);
    assert.match(reasons.replay, /proof\.replay/);
    assert.equal((await data(page, 'attempt-owner')).result, 'accepted');
    assert.ok(sent.filter((status) => status === 400 || status === 401).length >= 5, `real answers: ${sent}`);
    await context.close();
  });

  test('a reload keeps the key; signing out ends the session', async () => {
    const context = await browser.newContext();
    const page = await signedIn(context);
    const { thumbprint } = await data(page, 'key');
    await page.reload();
    await page.waitForSelector('[data-testid=key][data-thumbprint]');
    assert.equal((await data(page, 'key')).thumbprint, thumbprint);
    await page.waitForSelector('[data-testid=session]:not([data-state=working])');
    if ((await data(page, 'session')).state === 'out') {
      await at(page, 'sign-in').click();
      await page.waitForSelector('[data-testid=session][data-state=in]');
    }
    await at(page, 'sign-out').click();
    await page.waitForSelector('[data-testid=session][data-state=out]');
    await at(page, 'sign-in').click();
    await page.waitForSelector('#username');
    await context.close();
  });

  test('on a phone nothing is cut off, and the thief is one tap away', async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
    const page = await signedIn(context);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await at(page, 'to-thief').click();
    await page.waitForFunction(() => {
      const { top } = document.querySelector('#thief-title').getBoundingClientRect();
      return top > 0 && top < innerHeight / 2;
    });
    await context.close();
  });
});
