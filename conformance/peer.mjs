// For `cargo xtask bench`: npm oidc-provider as a peer, and a person signed in there and at the server whose issuer is
// told. One line of JSON says how each is asked; it goes on until its standard input ends.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import * as oauth from 'oauth4webapi';
import { furnish, freePort, signInByForms } from './harness.mjs';

const [issuer, clientId, clientSecret] = process.argv.slice(2);
const CALLBACK = 'https://app.example/callback';
const API = 'https://orders.example/';
// With RSA both would be measured by their signatures alone; an ID token of ours is always signed with it.
const ALG = 'ES256';
const SCOPE = 'offline_access read:orders';

/** Memory without the thousand entries the package's own is limited to: nothing of the peer's is slower than there. */
class Memory {
  static kept = new Map();
  static grants = new Map();
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) {
    Memory.kept.set(this.key(id), payload);
    if (payload.uid) Memory.kept.set(`uid:${payload.uid}`, id);
    if (payload.grantId) Memory.grants.set(payload.grantId, [...Memory.grants.get(payload.grantId) ?? [], this.key(id)]);
  }
  async find(id) { return Memory.kept.get(this.key(id)); }
  async findByUid(uid) { return this.find(Memory.kept.get(`uid:${uid}`)); }
  async findByUserCode() { return undefined; }
  async consume(id) { Memory.kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { Memory.kept.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const key of Memory.grants.get(grant) ?? []) Memory.kept.delete(key);
    Memory.grants.delete(grant);
  }
}

async function peer() {
  const port = await freePort();
  const secret = 'a-secret-of-the-machine-client-0123456789';
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = `http://localhost:${port}/`;
  const provider = new Provider(own, {
    adapter: Memory,
    clients: [
      {
        client_id: 'machine', client_secret: secret, token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'], redirect_uris: [], response_types: [], dpop_bound_access_tokens: true,
        id_token_signed_response_alg: ALG,
      },
      {
        client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'web',
        grant_types: ['authorization_code', 'refresh_token'], redirect_uris: [CALLBACK], dpop_bound_access_tokens: true,
        id_token_signed_response_alg: ALG,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'e1', alg: ALG, use: 'sig' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access'],
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'read:orders', audience: API, accessTokenFormat: 'jwt', jwt: { sign: { alg: ALG } },
        }),
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  const server = createServer(provider.callback()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    name: 'npm oidc-provider', port, token: `${own}token`, authorize: `${own}auth`,
    machine: { client_id: 'machine', client_secret: secret, resource: API },
    client: 'native', ask: {}, person: { email: 'ada', password: 'any' },
  };
}

async function ours() {
  const server = { issuer, management: { client_id: clientId, client_secret: clientSecret } };
  const tenant = await furnish(server, { callback: CALLBACK });
  await tenant.api('PATCH', `resource-servers/${encodeURIComponent(tenant.audience)}`, { signing_alg: ALG });
  return {
    name: 'keybound', port: Number(new URL(issuer).port), token: `${issuer}oauth/token`, authorize: `${issuer}authorize`,
    machine: { client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret, audience: tenant.audience },
    client: tenant.native.client_id, ask: { audience: tenant.audience }, person: tenant.person,
  };
}

/** Signs a person in: from then on the same question is answered with a code at once. */
async function signedIn({ ask, person, ...party }) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(party.authorize);
  url.search = new URLSearchParams({
    client_id: party.client, redirect_uri: CALLBACK, response_type: 'code', state: 's', scope: SCOPE, ...ask,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const jar = new Map();
  const back = await signInByForms(url, person, CALLBACK, { jar });
  if (!back.searchParams.has('code')) throw new Error(`${party.name}: no code: ${back}`);
  const form = (fields) => new URLSearchParams(fields).toString();
  return {
    name: party.name, port: party.port, token: party.token, authorize: `${url.pathname}${url.search}`,
    cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
    machine: form({ grant_type: 'client_credentials', ...party.machine }),
    code: form({ grant_type: 'authorization_code', client_id: party.client, redirect_uri: CALLBACK, code_verifier: verifier }),
    refresh: form({ grant_type: 'refresh_token', client_id: party.client }),
  };
}

// Whoever started us reads one line and no more.
process.stdout.on('error', () => {});
console.log(JSON.stringify({ ours: await signedIn(await ours()), peer: await signedIn(await peer()) }));
process.stdin.resume().on('end', () => process.exit(0));
