// npm oauth4webapi, unmodified: it retries nothing by itself, so each nonce challenge is seen.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { startServe, furnish, signInByForms, claims } from './harness.mjs';

const INSECURE = { [oauth.allowInsecureRequests]: true };

let server;
let tenant;
let as;
before(async () => {
  server = await startServe();
  tenant = await furnish(server);
  const issuer = new URL(server.issuer);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));
});
after(() => server?.stop());

/** Runs a request, and once more when the server wants a nonce; says how many requests it took. */
async function exchange(request, read) {
  for (let requests = 1; ; requests += 1) {
    const response = await request();
    try {
      return { requests, tokens: await read(response) };
    } catch (error) {
      if (requests === 2 || !oauth.isDPoPNonceError(error)) throw error;
    }
  }
}

const handle = async (client, alg = 'ES256') => oauth.DPoP(client, await oauth.generateKeyPair(alg));

describe('oauth4webapi', () => {
  test('both metadata documents agree', async () => {
    const issuer = new URL(server.issuer);
    const other = await oauth.processDiscoveryResponse(issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }));
    assert.equal(other.token_endpoint, as.token_endpoint);
    assert.deepEqual(as.dpop_signing_alg_values_supported, ['ES256']);
    assert.deepEqual(as.code_challenge_methods_supported.includes('S256'), true);
  });

  test('a confidential client needs no nonce', async () => {
    const client = { client_id: tenant.machine.client_id };
    const DPoP = await handle(client);
    const auth = oauth.ClientSecretPost(tenant.machine.client_secret);
    const { requests, tokens } = await exchange(
      () => oauth.clientCredentialsGrantRequest(as, client, auth, { audience: tenant.audience }, { DPoP, ...INSECURE }),
      (response) => oauth.processClientCredentialsResponse(as, client, response),
    );
    assert.equal(requests, 1);
    assert.equal(tokens.token_type, 'dpop');
    assert.equal(claims(tokens.access_token).cnf.jkt, await DPoP.calculateThumbprint());
  });

  for (const alg of ['ES384', 'PS256', 'RS256', 'Ed25519']) {
    test(`an algorithm that is not advertised is refused: ${alg}`, async () => {
      const client = { client_id: tenant.machine.client_id };
      const pair = await oauth.generateKeyPair(alg);
      const DPoP = oauth.DPoP(client, pair);
      const auth = oauth.ClientSecretPost(tenant.machine.client_secret);
      const response = await oauth.clientCredentialsGrantRequest(
        as, client, auth, { audience: tenant.audience }, { DPoP, ...INSECURE });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).error, 'invalid_dpop_proof');
    });
  }

  test('a public client is asked for a nonce once, and its code survives', async () => {
    const client = { client_id: tenant.native.client_id };
    const DPoP = await handle(client);
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const url = new URL(as.authorization_endpoint);
    for (const [name, value] of Object.entries({
      client_id: client.client_id, redirect_uri: tenant.callback, response_type: 'code', state, nonce,
      scope: 'openid read:orders offline_access', audience: tenant.audience,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    })) url.searchParams.set(name, value);
    const back = await signInByForms(url, tenant.person, tenant.callback);
    const params = oauth.validateAuthResponse(as, client, back, state);
    const first = await exchange(
      () => oauth.authorizationCodeGrantRequest(as, client, oauth.None(), params, tenant.callback, verifier, { DPoP, ...INSECURE }),
      (response) => oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true }),
    );
    assert.equal(first.requests, 2);
    assert.equal(first.tokens.token_type, 'dpop');
    const next = await exchange(
      () => oauth.refreshTokenGrantRequest(as, client, oauth.None(), first.tokens.refresh_token, { DPoP, ...INSECURE }),
      (response) => oauth.processRefreshTokenResponse(as, client, response),
    );
    assert.equal(next.requests, 1, 'the nonce was kept');
    const subject = oauth.getValidatedIdTokenClaims(first.tokens).sub;
    const me = await exchange(
      () => oauth.userInfoRequest(as, client, next.tokens.access_token, { DPoP, ...INSECURE }),
      (response) => oauth.processUserInfoResponse(as, client, subject, response),
    );
    assert.equal(me.tokens.sub, subject);
  });

  test('the same proof twice is a replay', async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials', audience: tenant.audience,
      client_id: tenant.machine.client_id, client_secret: tenant.machine.client_secret,
    });
    const client = { client_id: tenant.machine.client_id };
    const DPoP = await handle(client);
    let proof;
    await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretPost(tenant.machine.client_secret),
      { audience: tenant.audience }, {
        DPoP, ...INSECURE,
        [oauth.customFetch]: (url, init) => { proof = init.headers.dpop ?? new Headers(init.headers).get('dpop'); return fetch(url, init); },
      });
    const again = await fetch(as.token_endpoint, { method: 'POST', body, headers: { dpop: proof } });
    assert.equal(again.status, 400);
    assert.equal((await again.json()).error, 'invalid_dpop_proof');
    assert.equal(again.headers.get('www-authenticate'), null);
  });
});
