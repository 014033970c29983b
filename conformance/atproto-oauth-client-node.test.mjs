// npm @atproto/oauth-client-node, unmodified, as it stands in an AT Protocol app: it finds the server by a person's DID,
// pushes, proves, and checks who issued. The person's directory entry is served here; their data server is
// `crates/resource/examples/personal_data_server`, guarded by our layer.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { NodeOAuthClient } from '@atproto/oauth-client-node';
import { Process, administer, browse, claims, freePort, scratch, signIn, startServe } from './harness.mjs';

const DID = 'did:plc:z72i7hdynmk6r22z27h6tvur';
const SCOPE = 'atproto transition:generic';
const EXAMPLE = join(process.env.KEYBOUND_EXAMPLES, 'personal_data_server');

let server; let pds; let directory; let browser; let person; let user; let api;

/** A directory of DIDs: where a person's data server is. */
async function listed(did, endpoint) {
  const listener = createServer((request, response) => {
    if (decodeURIComponent(request.url) !== `/${did}`) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': 'application/did+ld+json' }).end(JSON.stringify({
      '@context': ['https://www.w3.org/ns/did/v1'], id: did, alsoKnownAs: ['at://grace.sky.example'],
      service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: endpoint }],
    }));
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { listener, url: `http://127.0.0.1:${listener.address().port}` };
}

before(async () => {
  const folder = scratch();
  const [port, api_port] = await Promise.all([freePort(), freePort()]);
  const endpoint = `http://localhost:${api_port}`;
  directory = await listed(DID, endpoint);
  const config = join(folder, 'keybound.toml');
  writeFileSync(config, `
issuer_form = "bare"
[client_documents]
reading = "open"
localhost = "taken"
[atproto]
audience = "${endpoint}"
`);
  server = await startServe({ port, args: ['--config', config] });
  pds = new Process([EXAMPLE, server.issuer.replace(/\/$/, ''), String(api_port)]);
  await pds.until('listening', () => pds.log.includes('listening on'));
  pds.url = endpoint;
  api = await administer(server);
  await api('POST', 'resource-servers', {
    name: 'Personal data', identifier: endpoint, scopes: [{ value: 'transition:generic', description: 'Use your account' }],
    proof_of_possession: { mechanism: 'dpop', required: true },
  });
  person = { email: 'grace@example.com', password: 'Correct-Horse-7-Battery' };
  user = await api('POST', 'users', {
    connection: 'Username-Password-Authentication', email_verified: true, app_metadata: { did: DID }, ...person,
  });
  browser = await browse();
});
after(async () => {
  await browser?.close();
  directory?.listener.close();
  directory?.listener.closeAllConnections();
  await pds?.stop();
  await server?.stop();
});

/** A store as an app keeps it, but in memory. */
function store() {
  const kept = new Map();
  return { kept, get: async (key) => kept.get(key), set: async (key, value) => void kept.set(key, value), del: async (key) => void kept.delete(key) };
}

/** The SDK, watched: every request it sends to our server, and what came of it. */
function client(clientMetadata) {
  const calls = [];
  const sessions = store();
  const nonces = store();
  const sdk = new NodeOAuthClient({
    clientMetadata, allowHttp: true, plcDirectoryUrl: directory.url, dpopNonceCache: nonces,
    handleResolver: { resolve: async () => DID }, stateStore: store(), sessionStore: sessions,
    requestLock: async (_name, work) => work(),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body = request.method === 'POST' ? new URLSearchParams(await request.clone().text()) : undefined;
      const response = await fetch(request);
      calls.push({ path: new URL(request.url).pathname, proof: request.headers.get('dpop'), body, status: response.status, answer: response.clone() });
      return response;
    },
  });
  return { sdk, calls, sessions, nonces, to: (path) => calls.filter((call) => call.path === path) };
}

/** A person signs in, in Chromium, and comes back. */
async function login({ sdk }, callback) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const back = new Promise((resolve) => {
    void context.route((url) => url.href.startsWith(callback), (route) => {
      resolve(new URL(route.request().url()));
      return route.fulfill({ contentType: 'text/html', body: 'back' });
    });
  });
  const url = await sdk.authorize(DID, { state: 'of the app' });
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'], 'nothing else goes by the browser');
  await page.goto(url.href);
  await signIn(page, person);
  const arrived = await back;
  await context.close();
  return { arrived, finish: () => sdk.callback(arrived.searchParams) };
}

/** What the data server says of a session. */
async function whoami(session) {
  const answer = await session.fetchHandler('/xrpc/com.atproto.server.getSession');
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

const nonceOf = (call) => claims(call.proof).nonce;

/** A whole life, the same for each kind of client. */
async function lives(at, callback) {
  const { arrived, finish } = await login(at, callback);
  assert.equal(arrived.searchParams.get('iss'), server.issuer.replace(/\/$/, ''), 'a bare origin (RFC 9207)');
  const { session, state } = await finish();
  assert.deepEqual([session.did, state], [DID, 'of the app']);

  const pushed = at.to('/oauth/par');
  assert.deepEqual(pushed.map((call) => call.status), [400, 201], 'the first proof has no nonce');
  assert.ok(nonceOf(pushed[1]) && pushed[1].body.get('code_challenge_method') === 'S256');
  const first = at.sessions.kept.get(DID).tokenSet;
  assert.deepEqual([first.token_type, first.scope, first.sub], ['DPoP', SCOPE, DID]);
  const access = claims(first.access_token);
  assert.deepEqual([access.sub, access.aud, access.iss], [DID, pds.url, server.issuer.replace(/\/$/, '')]);
  assert.ok(access.exp - access.iat <= 1_800, 'half an hour at the most');

  const seen = await whoami(session);
  assert.deepEqual([seen.did, seen.key], [DID, access.cnf.jkt]);

  const again = await at.sdk.restore(DID, true);
  const second = at.sessions.kept.get(DID).tokenSet;
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  assert.equal((await whoami(again)).did, DID);

  // A nonce that is no longer one is exchanged, at the server and at the API; the SDK never notices.
  for (const origin of [new URL(server.issuer).origin, pds.url]) at.nonces.kept.set(origin, 'one-of-yesterday');
  const before = at.calls.length;
  assert.equal((await whoami(await at.sdk.restore(DID, true))).did, DID);
  const since = at.calls.slice(before);
  assert.deepEqual(since.filter(({ path }) => path === '/oauth/token').map(({ status }) => status), [400, 200]);
  assert.deepEqual(since.filter(({ path }) => path.startsWith('/xrpc/')).map(({ status }) => status), [401, 200]);
  const third = at.sessions.kept.get(DID);

  const proofs = at.calls.filter((call) => call.proof).map((call) => claims(call.proof));
  assert.equal(new Set(proofs.map((proof) => proof.jti)).size, proofs.length);
  assert.equal(new Set(proofs.map((proof) => JSON.stringify(proof.header.jwk))).size, 1, 'one key for the whole session');

  await at.sdk.revoke(DID);
  assert.equal(at.to('/oauth/revoke').at(-1).status, 200);
  assert.equal(at.sessions.kept.size, 0);
  return third;
}

/** The session as it stood when it was ended, put back where the SDK keeps it: its refresh token brings nothing. */
async function isOver(at, kept) {
  at.sessions.kept.set(DID, kept);
  await assert.rejects(at.sdk.restore(DID, true));
  const last = at.to('/oauth/token').at(-1);
  assert.deepEqual([last.status, last.body.get('refresh_token')], [403, kept.tokenSet.refresh_token]);
  assert.equal((await last.answer.json()).error, 'invalid_grant');
}

describe('@atproto/oauth-client-node', () => {
  test('a client of a developer\'s machine, whose name describes it, lives a whole life', async () => {
    const callback = 'http://127.0.0.1:4711/callback';
    const id = `http://localhost?${new URLSearchParams({ scope: SCOPE, redirect_uri: callback })}`;
    const at = client({
      client_id: id, redirect_uris: [callback], scope: SCOPE, response_types: ['code'], application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true,
    });
    await isOver(at, await lives(at, callback));
  });

  test('somebody without a DID is sent back with a refusal, and the SDK says so', async () => {
    await api('PATCH', `users/${encodeURIComponent(user.user_id)}`, { app_metadata: { did: null } });
    const callback = 'http://127.0.0.1:4711/callback';
    const at = client({
      client_id: `http://localhost?${new URLSearchParams({ scope: SCOPE, redirect_uri: callback })}`,
      redirect_uris: [callback], scope: SCOPE, response_types: ['code'], application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true,
    });
    const { arrived, finish } = await login(at, callback);
    assert.equal(arrived.searchParams.get('error'), 'access_denied');
    assert.match(arrived.searchParams.get('error_description'), /the user has no DID/);
    await assert.rejects(finish(), /the user has no DID|access_denied/);
    assert.equal(at.to('/oauth/token').length, 0);
  });
});
