// What the SDKs for web servers have in common: a confidential client, an API that binds tokens when it may, a second
// factor, letters, and an ear for sessions that end.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { administer, claims } from './harness.mjs';

/** A tenant of such an app: everything the SDK may ask for is in its client's grants. */
export async function furnishBackend(server, { callback = 'http://localhost:1/callback', ...more } = {}) {
  const api = await administer(server);
  const audience = 'https://ledger.example/';
  const scopes = ['read:entries', 'write:entries'];
  await api('POST', 'resource-servers', {
    name: 'Ledger', identifier: audience, allow_offline_access: true,
    scopes: scopes.map((value) => ({ value, description: value })),
    proof_of_possession: { mechanism: 'dpop', required: false },
  });
  const bound = 'https://vault.example/';
  await api('POST', 'resource-servers', {
    name: 'Vault', identifier: bound, scopes: [{ value: 'read:vault', description: 'Read' }],
    proof_of_possession: { mechanism: 'dpop', required: true },
  });
  const web = await api('POST', 'clients', {
    name: 'Backend', app_type: 'regular_web', callbacks: [callback], allowed_logout_urls: ['http://localhost:1/'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'password',
      'http://auth0.com/oauth/grant-type/password-realm', 'http://auth0.com/oauth/grant-type/mfa-otp',
      'http://auth0.com/oauth/grant-type/mfa-recovery-code'],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0 },
    ...more,
  });
  for (const each of [audience, bound]) {
    const scope = each === audience ? scopes : ['read:vault'];
    await api('POST', 'client-grants', { client_id: web.client_id, audience: each, scope });
  }
  const person = { email: 'grace@example.com', password: 'Correct-Horse-7-Battery' };
  const { user_id: sub } = await api('POST', 'users', {
    connection: 'Username-Password-Authentication', email_verified: true, name: 'Grace', ...person,
  });
  return { api, audience, bound, web, person: { ...person, sub }, callback };
}

/** A client that signs who it is, instead of a secret, and its key as PKCS#8. */
export async function signing(tenant, alg = 'ES256', more = {}) {
  const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const client = await tenant.api('POST', 'clients', {
    name: `Signs ${alg}`, app_type: 'regular_web', callbacks: [tenant.callback],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    client_authentication_methods: {
      private_key_jwt: { credentials: [{ credential_type: 'public_key', name: 'first', alg, pem }] },
    },
    ...more,
  });
  await tenant.api('POST', 'client-grants', {
    client_id: client.client_id, audience: tenant.audience, scope: ['read:entries'],
  });
  const [{ id }] = client.client_authentication_methods.private_key_jwt.credentials;
  return { client_id: client.client_id, credential: id, pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** The code an authenticator app shows (RFC 6238), for a secret in base32. */
export function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const offset = hash.at(-1) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Listens for logout tokens; `heard(sid)` is the one of a session, as soon as it is there. */
export async function ear() {
  const heard = new Map();
  const waiting = new Map();
  const listener = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.end();
    const token = new URLSearchParams(body).get('logout_token');
    const { sid } = claims(token);
    heard.set(sid, token);
    waiting.get(sid)?.(token);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${listener.address().port}/logout`,
    heard: (sid) => heard.get(sid) ?? new Promise((tell) => { waiting.set(sid, tell); }),
    close: () => listener.close(),
  };
}

/** Reads what `dev` shows instead of sending it, from now on: what the next letter to somebody has of a pattern. */
export function lettersOf(server) {
  const from = server.log.length;
  return (address, pattern) => server.until(`a letter to ${address}`, () => {
    const [, ...letters] = server.log.slice(from).split(/^.*To: /m);
    return letters.find((letter) => letter.startsWith(address))?.match(pattern)?.[0];
  });
}
