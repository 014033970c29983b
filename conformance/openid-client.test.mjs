// npm openid-client, unmodified: code and client credentials with DPoP, nonces handled by the library.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';
import { startServe, furnish, signInByForms, claims } from './harness.mjs';

let server;
let tenant;
before(async () => {
  server = await startServe();
  tenant = await furnish(server);
});
after(() => server?.stop());

const discover = (client, authentication) => oidc.discovery(
  new URL(server.issuer), client.client_id, undefined, authentication, { execute: [oidc.allowInsecureRequests] },
);

/** The code flow with PKCE, state, nonce and dpop_jkt. */
async function login(config, DPoP, scope = 'openid profile email read:orders offline_access') {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: tenant.callback, scope, state, nonce, audience: tenant.audience,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
  });
  const back = await signInByForms(url, tenant.person, tenant.callback);
  return oidc.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  }, undefined, { DPoP });
}

describe('openid-client', () => {
  test('a confidential client gets a bound token by client credentials', async () => {
    const config = await discover(tenant.machine, oidc.ClientSecretPost(tenant.machine.client_secret));
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const tokens = await oidc.clientCredentialsGrant(config, { audience: tenant.audience }, { DPoP });
    assert.equal(tokens.token_type, 'dpop');
    assert.equal(claims(tokens.access_token).cnf.jkt, await DPoP.calculateThumbprint());
    assert.equal(claims(tokens.access_token).sub, `${tenant.machine.client_id}@clients`);
  });

  test('the same by HTTP Basic', async () => {
    const config = await discover(tenant.machine, oidc.ClientSecretBasic(tenant.machine.client_secret));
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const tokens = await oidc.clientCredentialsGrant(config, { audience: tenant.audience }, { DPoP });
    assert.equal(tokens.token_type, 'dpop');
  });

  test('an API that demands DPoP gives no Bearer token', async () => {
    const config = await discover(tenant.machine, oidc.ClientSecretPost(tenant.machine.client_secret));
    await assert.rejects(oidc.clientCredentialsGrant(config, { audience: tenant.audience }), (error) => {
      assert.equal(error.status, 400);
      return true;
    });
  });

  for (const kind of ['web', 'native']) {
    test(`a ${kind} client logs in, refreshes, asks who it is, and revokes`, async () => {
      const authentication = kind === 'web' ? oidc.ClientSecretPost(tenant.web.client_secret) : oidc.None();
      const config = await discover(tenant[kind], authentication);
      const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
      const tokens = await login(config, DPoP);
      assert.equal(tokens.token_type, 'dpop');
      const jkt = await DPoP.calculateThumbprint();
      assert.equal(claims(tokens.access_token).cnf.jkt, jkt);
      assert.equal(tokens.claims().email, tenant.person.email);
      const me = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
      assert.equal(me.email, tenant.person.email);
      const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
      assert.equal(claims(next.access_token).cnf.jkt, jkt);
      await oidc.tokenRevocation(config, next.refresh_token ?? tokens.refresh_token);
      await assert.rejects(
        oidc.refreshTokenGrant(config, next.refresh_token ?? tokens.refresh_token, undefined, { DPoP }),
        (error) => error.error === 'invalid_grant',
      );
    });
  }

  test('a refresh token bound to one key is worth nothing to another', async () => {
    const config = await discover(tenant.native, oidc.None());
    const owner = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const tokens = await login(config, owner);
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: thief }));
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token));
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: owner });
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: thief }), 'spent');
    const third = await oidc.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP: owner });
    assert.equal(third.token_type, 'dpop', 'the thief could not revoke the family');
  });

  test('a code asked for with one key cannot be redeemed with another', async () => {
    const config = await discover(tenant.native, oidc.None());
    const asked = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const mixed = { calculateThumbprint: () => asked.calculateThumbprint() };
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: tenant.callback, scope: 'openid', audience: tenant.audience,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      dpop_jkt: await mixed.calculateThumbprint(),
    });
    const back = await signInByForms(url, tenant.person, tenant.callback);
    await assert.rejects(oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier }, undefined, { DPoP: other }));
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier }, undefined, { DPoP: asked });
    assert.equal(tokens.token_type, 'dpop', 'the failed attempt spent nothing');
  });
});
