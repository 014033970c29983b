// Starts a real Keybound for a suite, and ends it. Of ours a suite imports this file, and the one of its kind: `backend.mjs`
// for SDKs of web servers, `single-page.mjs` for those of browsers, `python.mjs` for what is written in Python.
import { after } from 'node:test';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const BIN = process.env.KEYBOUND_BIN;
if (!BIN) throw new Error('KEYBOUND_BIN is not set: run this through `cargo xtask test --only NAME`');

/** A port nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder of our own, removed at the end. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'keybound-'));
  left.folders.add(folder);
  return folder;
}

/** What a failed test may have left running, or lying about. */
const left = { processes: new Set(), folders: new Set() };
const end = () => {
  for (const child of left.processes) child.kill('SIGKILL');
  for (const folder of left.folders) rmSync(folder, { recursive: true, force: true });
};
after(end);
process.on('exit', end);

/** A child that does not outlive us: Keybound, or another program. */
export class Process {
  constructor([program, ...args], env = {}) {
    this.log = '';
    this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.child, 'exit');
    this.exited.catch(() => {});
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { this.log += text; });
    }
    left.processes.add(this.child);
  }

  async until(what, ready) {
    for (let i = 0; i < 600; i += 1) {
      if (this.child.exitCode !== null) break;
      const value = await ready();
      if (value) return value;
      await sleep(50);
    }
    throw new Error(`${what} did not happen:\n${this.log}`);
  }

  /** Ends it as an operator would. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await this.exited;
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** `keybound dev`: server, demo API and demo page, with a tenant in it; in memory unless told `--data DIR`. */
export async function startDev(...more) {
  const [listen, api, page] = await Promise.all([freePort(), freePort(), freePort()]);
  const kept = more.includes('--data') ? [] : ['--ephemeral'];
  const child = new Process([BIN, 'dev', '--json', ...kept, '--listen', `127.0.0.1:${listen}`,
    '--api-listen', `127.0.0.1:${api}`, '--page-listen', `127.0.0.1:${page}`, ...more]);
  const told = await child.until('being ready', () => child.log.split('\n').find((line) => line.startsWith('{"')));
  return Object.assign(child, JSON.parse(told));
}

/**
 * The folder of a local authority that this Node trusts. Node reads whom it trusts when it starts: a file that asks is
 * run once more, from its beginning, by a Node that is told of an authority made for it.
 */
export async function trustedAuthority() {
  const told = process.env.KEYBOUND_AUTHORITY;
  if (told) {
    // Who asked for this run may be ended by its runner.
    process.once('disconnect', () => process.exit(1));
    process.channel?.unref();
    return told;
  }
  const folder = scratch();
  const dev = await startDev('--tls', '--data', folder);
  await dev.stop();
  const again = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: dev.ca, KEYBOUND_AUTHORITY: folder },
  });
  left.processes.add(again);
  const [code] = await once(again, 'exit');
  process.exit(code ?? 1);
}

/** The same authority with nothing else beside it: another machine of the same person's. */
export async function anotherMachine() {
  const [known, folder] = [await trustedAuthority(), scratch()];
  for (const file of ['ca.pem', 'ca-key.pem']) copyFileSync(join(known, file), join(folder, file));
  return folder;
}

/** `keybound dev` over TLS, by an authority that this Node trusts, and ready to be administered. */
export async function startTrusted(folder) {
  const dev = await startDev('--tls', '--data', folder ?? await trustedAuthority());
  const management = { client_id: dev.management_client_id, client_secret: dev.management_client_secret };
  return Object.assign(dev, { management, domain: new URL(dev.issuer).host });
}

/** `keybound serve` with a bootstrap client that may do anything in the Management API; `under` is what starts it. */
export async function startServe({ env = {}, args = [], port, under = [] } = {}) {
  port ??= await freePort();
  const issuer = env.KEYBOUND_ISSUER ?? `http://localhost:${port}/`;
  const management = { client_id: 'bootstrapclient', client_secret: 'bootstrap-secret-of-a-test' };
  const child = new Process([...under, BIN, 'serve', ...args], {
    KEYBOUND_LISTEN: `127.0.0.1:${port}`,
    KEYBOUND_ISSUER: issuer,
    KEYBOUND_DATABASE: 'sqlite::memory:',
    KEYBOUND_BOOTSTRAP_CLIENT_ID: management.client_id,
    KEYBOUND_BOOTSTRAP_CLIENT_SECRET: management.client_secret,
    ...env,
  });
  const origin = `http://127.0.0.1:${port}`;
  // It says so itself first: another process may answer on the port it wanted.
  await child.until('being ready', () => / ready /.test(child.log));
  await child.until('answering', () => fetch(`${origin}/health/ready`).then((r) => r.ok, () => false));
  return Object.assign(child, { issuer, port, origin, management });
}

/** The Management API of a running server, as its bootstrap client. */
export async function administer(server) {
  const issuer = server.issuer;
  const answer = await fetch(new URL('oauth/token', issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials', audience: `${issuer}api/v2/`, ...server.management,
    }),
  });
  const token = await answer.json();
  if (!answer.ok) throw new Error(`no Management token: ${JSON.stringify(token)}`);
  return async (method, path, body) => {
    const response = await fetch(new URL(`api/v2/${path}`, issuer), {
      method,
      headers: { authorization: `${token.token_type} ${token.access_token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const json = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(json)}`);
    return json;
  };
}

/** A tenant for the server-side suites: one API that demands DPoP, one machine, one web app, one person. */
export async function furnish(server, { callback = 'http://localhost:1/callback' } = {}) {
  const api = await administer(server);
  const audience = 'https://orders.example/';
  await api('POST', 'resource-servers', {
    name: 'Orders', identifier: audience, allow_offline_access: true,
    scopes: [{ value: 'read:orders', description: 'Read orders' }],
    proof_of_possession: { mechanism: 'dpop', required: true },
  });
  const machine = await api('POST', 'clients', { name: 'Machine', app_type: 'non_interactive', grant_types: ['client_credentials'] });
  await api('POST', 'client-grants', { client_id: machine.client_id, audience, scope: ['read:orders'] });
  const web = await api('POST', 'clients', {
    name: 'Web', app_type: 'regular_web', callbacks: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  const native = await api('POST', 'clients', {
    name: 'Native', app_type: 'native', token_endpoint_auth_method: 'none', callbacks: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0 },
  });
  const person = { email: 'grace@example.com', password: 'Correct-Horse-7-Battery' };
  await api('POST', 'users', { connection: 'Username-Password-Authentication', email_verified: true, ...person });
  return { api, audience, machine, web, native, person, callback };
}

/** Debian's Chromium, quiet and without a network of its own; `env` is what it finds beside our environment. */
export async function browse(env = {}) {
  return chromium.launch({
    executablePath: process.env.KEYBOUND_CHROMIUM,
    env: { ...process.env, ...env },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // Pages that a test answers itself have no address; a browser would take them for the public network's.
      '--disable-features=LocalNetworkAccessChecks'],
  });
}

/** Types user and password into the sign-in page, and agrees where it asks. */
export async function signIn(page, { email, password }) {
  await page.waitForSelector('#username');
  await page.fill('#username', email);
  await page.fill('#password', password);
  const issuer = new URL(page.url()).origin;
  await page.click('button[type=submit][name=action][value=default]');
  for (let i = 0; i < 200; i += 1) {
    // A page that is just being replaced has neither.
    const [accept, wrong] = await Promise.all(['button[name=action][value=accept]', '[role=alert]']
      .map((selector) => page.locator(selector).isVisible().catch(() => false)));
    if (accept) return page.click('button[name=action][value=accept]');
    if (wrong || new URL(page.url()).origin !== issuer) return undefined;
    await sleep(50);
  }
  throw new Error(`signing in went nowhere: ${page.url()}`);
}

/**
 * Signs in without a browser: follows the forms of the pages as HTML without JavaScript would. `jar` holds the
 * cookies, before and after; `takes` says which it takes. A page that `ends` matches is the end, too.
 */
export async function signInByForms(authorizationUrl, { email, password }, callback, { jar = new Map(), takes = () => true, ends } = {}) {
  const keep = (response) => {
    for (const line of response.headers.getSetCookie().filter(takes)) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  };
  let url = String(authorizationUrl);
  let init = {};
  for (let step = 0; step < 12; step += 1) {
    if (url.startsWith(callback)) return new URL(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, cookie } });
    keep(response);
    init = {};
    if (response.status >= 300 && response.status < 400) {
      url = new URL(response.headers.get('location'), url).href;
      continue;
    }
    const html = await response.text();
    if (!response.ok) throw new Error(`${url}: ${response.status}\n${html}`);
    if (ends?.test(html)) return html;
    const form = html.match(/<form[^>]*>[\s\S]*?<\/form>/)?.[0];
    if (!form) throw new Error(`no form on the page:\n${html}`);
    const fields = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const of = (name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];
      const name = of('name');
      if (name) fields.set(name, unescape(of('value') ?? ''));
    }
    for (const name of ['username', 'login']) if (fields.has(name)) fields.set(name, email);
    if (fields.has('password')) fields.set('password', password);
    const button = form.match(/<button[^>]*name="action"[^>]*value="([^"]*)"/)?.[1];
    if (button) fields.set('action', button);
    const action = form.match(/<form[^>]*\baction="([^"]*)"/)?.[1];
    const from = new URL(url);
    url = new URL(unescape(action ?? ''), url).href;
    init = { method: 'POST', body: fields, headers: { origin: from.origin } };
  }
  throw new Error('signing in took too many steps');
}

const unescape = (text) => text.replaceAll('&#x2f;', '/').replaceAll('&#61;', '=').replaceAll('&#38;', '&')
  .replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/**
 * A person's corner of the machine: a folder to stand in and to keep things in. What the command opens in a browser,
 * `sentTo` hands to the Chromium of the test.
 */
export function corner() {
  const folder = scratch();
  const [opened, script, store] = ['opened', 'browser', 'store'].map((name) => join(folder, name));
  writeFileSync(script, `#!/bin/sh\necho "$1" > ${opened}.new && mv ${opened}.new ${opened}\n`);
  chmodSync(script, 0o755);
  const begin = (args, env = {}) => {
    const child = spawn(BIN, args, {
      cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: folder, BROWSER: script, KEYBOUND_STORE: store, ...env },
    });
    left.processes.add(child);
    const said = { child, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { said.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { said.err += text; });
    said.ended = once(child, 'close').then(([code]) => code);
    return said;
  };
  const run = async (args, env) => {
    const said = begin(args, env);
    return Object.assign(said, { code: await said.ended });
  };
  const says = async (...args) => {
    const said = await run(args);
    if (said.code !== 0) throw new Error(`${args.join(' ')}: ${said.err}`);
    return said.out;
  };
  const sentTo = async (said) => {
    for (let i = 0; i < 200 && !existsSync(opened); i += 1) {
      if (said.child.exitCode !== null) throw new Error(said.err);
      await sleep(50);
    }
    const url = readFileSync(opened, 'utf8').trim();
    rmSync(opened);
    return url;
  };
  return { folder, store, begin, run, says, sentTo };
}

/** What stands in a JWT. */
export function claims(token) {
  const [header, payload] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  return { header, ...payload };
}
