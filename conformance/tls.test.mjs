// `keybound dev --tls` in a Chromium that was told to trust its authority, in the way the command prints, and
// nothing else: no certificate error is ignored.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startDev, browse, corner, scratch, signIn } from './harness.mjs';

let dev;
before(async () => { dev = await startDev('--tls'); });
after(() => dev?.stop());

/** A home whose browser trusts this authority. */
function homeTrusting(ca) {
  const home = scratch();
  const trust = join(home, '.pki/nssdb');
  mkdirSync(trust, { recursive: true });
  execFileSync(process.env.KEYBOUND_CERTUTIL, ['-d', `sql:${trust}`, '-A', '-t', 'C,,', '-n', 'keybound-local', '-i', ca]);
  return home;
}

/** A browser of its own in this home, for as long as `use` takes. */
async function browsing(home, use) {
  const browser = await browse({ HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_DATA_HOME: join(home, '.local/share') });
  try {
    return await use(await browser.newPage());
  } finally {
    await browser.close();
  }
}

const at = (page, id) => page.locator(`[data-testid="${id}"]`);
const data = (page, id) => at(page, id).evaluate((node) => ({ ...node.dataset }));

describe('dev --tls', () => {
  test('a browser that was told nothing refuses the page, the API and the server', async () => {
    await browsing(scratch(), async (page) => {
      for (const url of [dev.page, dev.api, dev.issuer]) {
        await assert.rejects(page.goto(url), /ERR_CERT_AUTHORITY_INVALID/, url);
      }
    });
  });

  test('one that trusts the authority signs in, calls the API with its bound token, and a thief is refused', async () => {
    await browsing(homeTrusting(dev.ca), async (page) => {
      const answer = await page.goto(dev.page);
      assert.match((await answer.securityDetails()).issuer, /Keybound local CA/);
      await at(page, 'sign-in').click();
      await signIn(page, { email: dev.user, password: dev.password });
      await page.waitForSelector('[data-testid=session][data-state=in]');
      const cookies = await page.context().cookies(dev.issuer);
      const session = cookies.find(({ name }) => name === '__Host-keybound_session');
      assert.deepEqual([session?.secure, session?.httpOnly], [true, true], JSON.stringify(cookies.map(({ name }) => name)));

      const accepted = page.waitForResponse((one) => one.url() === `${dev.api}me` && one.status() === 200);
      await at(page, 'call-me').click();
      const sent = await (await accepted).request().allHeaders();
      assert.match(sent.authorization, /^DPoP /);
      assert.ok(sent.dpop, 'with a proof');
      assert.equal((await data(page, 'token')).jkt, (await data(page, 'key')).thumbprint);

      await at(page, 'attempt-other-key').locator('[data-testid=try]').click();
      await page.waitForSelector('[data-testid=attempt-other-key][data-result=refused]');
      const attempt = await data(page, 'attempt-other-key');
      assert.equal(attempt.status, '401');
      assert.match(attempt.reason, /proof\.key_mismatch/);
    });
  });

  test('a restart keeps the authority, so who trusted it trusts it still; its key is for its owner alone', async () => {
    const folder = scratch();
    const start = () => startDev('--tls', '--data', folder);
    const first = await start();
    const pem = readFileSync(first.ca, 'utf8');
    const home = homeTrusting(first.ca);
    await first.stop();
    const second = await start();
    assert.equal(second.ca, first.ca);
    assert.equal(statSync(join(folder, 'ca-key.pem')).mode & 0o777, 0o600);
    assert.equal(readFileSync(second.ca, 'utf8'), pem);
    await browsing(home, async (page) => {
      assert.equal((await page.goto(second.page)).status(), 200);
    });
    await second.stop();
  });

  test('the command line trusts it because dev says so, and a person logs in with no flags', async () => {
    const terminal = corner();
    const folder = join(terminal.folder, '.keybound');
    mkdirSync(folder);
    const own = await startDev('--tls', '--data', folder);
    const login = terminal.begin(['login']);
    await browsing(homeTrusting(own.ca), async (page) => {
      await page.goto(await terminal.sentTo(login));
      await signIn(page, { email: own.user, password: own.password });
      assert.equal(await login.ended, 0, login.err);
    });
    assert.match(await terminal.says('token', '--refresh'), /^eyJ/);
    assert.match(await terminal.says('call', 'GET', `${own.api}orders`, '--trust', own.ca), /A brass key/);
    assert.match(await terminal.says('call', 'GET', `${own.api}orders`), /A brass key/);
    const left = JSON.parse(await terminal.says('logout', '--json'));
    assert.equal(left.revoked, true);
    await own.stop();
  });
});
