// Keys that a browser keeps (WebCrypto), by keybound-client in WebAssembly, in Chromium: against our server and our guard.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { startDev, browse, claims } from './harness.mjs';

const FOLDER = process.env.KEYBOUND_BROWSER_KEYS;
const FILES = {
  '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
  '/page.js': ['text/javascript', 'import init from "/browser_keys.js"; await init(); window.given = await window.keybound;'],
  '/browser_keys.js': ['text/javascript', readFileSync(join(FOLDER, 'browser_keys.js'))],
  '/browser_keys_bg.wasm': ['application/wasm', readFileSync(join(FOLDER, 'browser_keys_bg.wasm'))],
};

let dev;
let browser;
let site;
let page;
before(async () => {
  dev = await startDev();
  browser = await browse();
  site = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? ['text/plain', ''];
    response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  page = await browser.newPage();
  await page.goto(`http://localhost:${site.address().port}/`);
  await page.waitForFunction(() => window.given);
});
after(async () => {
  await browser?.close();
  site?.close();
  await dev?.stop();
});

const prove = (...request) => page.evaluate((request) => window.given.prove(...request), request);
const thumbprint = () => page.evaluate(() => window.given.thumbprint);

/** Sends a request with a proof, and once more with the nonce that is wanted. */
async function send(method, url, { token, ...more } = {}) {
  let nonce;
  for (;;) {
    const proof = await prove(method, url, nonce, token);
    const answer = await fetch(url, {
      method,
      ...more,
      headers: { dpop: proof, ...(token && { authorization: `DPoP ${token}` }) },
    });
    const wanted = answer.headers.get('dpop-nonce');
    if (nonce || !wanted || answer.ok) return { answer, proof };
    nonce = wanted;
  }
}

async function boundToken() {
  const form = new URLSearchParams({
    grant_type: 'client_credentials', client_id: dev.m2m_client_id, client_secret: dev.m2m_client_secret,
    audience: dev.audience,
  });
  const { answer } = await send('POST', `${dev.issuer}oauth/token`, { body: form });
  const token = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(token));
  return token;
}

describe('a key that the browser keeps', () => {
  test('it cannot be exported, and its thumbprint is that of RFC 7638', async () => {
    const { extractable, exported, jwk } = await page.evaluate(async () => {
      const { pair } = window.given;
      const exported = await crypto.subtle.exportKey('pkcs8', pair.privateKey).then(() => 'exported', (error) => error.name);
      return {
        exported, extractable: pair.privateKey.extractable, jwk: await crypto.subtle.exportKey('jwk', pair.publicKey),
      };
    });
    assert.equal(extractable, false);
    assert.equal(exported, 'InvalidAccessError');
    assert.equal(await thumbprint(), await calculateJwkThumbprint(jwk));
  });

  test('our server takes its proof and binds a token to it', async () => {
    const token = await boundToken();
    assert.equal(token.token_type, 'DPoP');
    assert.equal(claims(token.access_token).cnf.jkt, await thumbprint());
  });

  test('our guard takes the token with its proof, and neither a second time nor without', async () => {
    const { access_token: token } = await boundToken();
    const url = `${dev.api}me`;
    const { answer, proof } = await send('GET', url, { token });
    assert.equal(answer.status, 200, await answer.text());
    const again = await fetch(url, { headers: { dpop: proof, authorization: `DPoP ${token}` } });
    assert.equal(again.status, 401);
    assert.equal((await fetch(url, { headers: { authorization: `DPoP ${token}` } })).status, 401);
  });
});
