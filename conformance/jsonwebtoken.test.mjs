// npm jsonwebtoken with jwks-rsa, unmodified: what an API that only knows JWTs makes of our tokens.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import jwt from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';
import { generateKeyPair, generateProof } from 'dpop';
import { startServe, furnish } from './harness.mjs';

let server;
let tenant;
before(async () => {
  server = await startServe();
  tenant = await furnish(server);
});
after(() => server?.stop());

async function token(more = {}) {
  const endpoint = `${server.issuer}oauth/token`;
  const keys = await generateKeyPair('ES256');
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { dpop: await generateProof(keys, endpoint, 'POST'), 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials', audience: tenant.audience,
      client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret, ...more,
    }),
  });
  return (await response.json()).access_token;
}

function verify(token, options) {
  const client = jwksRsa({ jwksUri: `${server.issuer}.well-known/jwks.json`, cache: true });
  const key = (header, done) => client.getSigningKey(header.kid, (error, found) => done(error, found?.getPublicKey()));
  return new Promise((resolve, reject) => {
    jwt.verify(token, key, options, (error, decoded) => (error ? reject(error) : resolve(decoded)));
  });
}

describe('jsonwebtoken with jwks-rsa', () => {
  test('verifies an access token, in Auth0’s profile', async () => {
    const decoded = await verify(await token(), {
      algorithms: ['RS256'], audience: tenant.audience, issuer: server.issuer, complete: true,
    });
    assert.equal(decoded.header.typ, 'JWT');
    assert.equal(decoded.payload.azp, tenant.machine.client_id);
    assert.equal(decoded.payload.gty, 'client-credentials');
    assert.equal(decoded.payload.scope, 'read:orders');
    assert.equal(decoded.payload.exp - decoded.payload.iat, 86400);
    assert.match(decoded.payload.cnf.jkt, /^[\w-]{43}$/);
  });

  test('verifies an access token in the profile of RFC 9068 after the API asked for it', async () => {
    await tenant.api('PATCH', `resource-servers/${encodeURIComponent(tenant.audience)}`, { token_dialect: 'rfc9068_profile' });
    const decoded = await verify(await token(), {
      algorithms: ['RS256'], audience: tenant.audience, issuer: server.issuer, complete: true,
    });
    assert.equal(decoded.header.typ, 'at+jwt');
    assert.equal(decoded.payload.client_id, tenant.machine.client_id);
    assert.ok(decoded.payload.jti);
    assert.equal(decoded.payload.azp, undefined);
    assert.equal(decoded.payload.gty, undefined);
  });

  test('refuses what was changed', async () => {
    const [header, payload, signature] = (await token()).split('.');
    const other = JSON.parse(Buffer.from(payload, 'base64url'));
    other.scope = 'read:everything';
    const forged = [header, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.');
    await assert.rejects(verify(forged, { algorithms: ['RS256'] }), /invalid signature/);
  });
});
