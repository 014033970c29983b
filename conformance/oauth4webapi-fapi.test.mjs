// npm oauth4webapi, unmodified, as FAPI 2.0 has it: pushed requests, private_key_jwt, DPoP and `iss`; and of its Message
// Signing, signed requests and signed answers.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { importPKCS8 } from 'jose';
import * as oauth from 'oauth4webapi';
import { startServe, signInByForms, claims } from './harness.mjs';
import { furnishBackend, signing } from './backend.mjs';

const INSECURE = { [oauth.allowInsecureRequests]: true };
const FAPI = {
  profile: 'rfc', require_pushed_authorization_requests: true, require_proof_of_possession: true,
  refresh_token: { rotation_type: 'non-rotating', expiration_type: 'expiring' },
};

let server;
let tenant;
let as;
before(async () => {
  server = await startServe();
  tenant = await furnishBackend(server);
  const issuer = new URL(server.issuer);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }));
});
after(() => server?.stop());

/** A client of that profile, its way to authenticate, and a key to bind tokens to. */
async function relyingParty(alg = 'PS256', more = {}) {
  const { client_id, credential, pem } = await signing(tenant, alg, { ...FAPI, ...more });
  const key = await importPKCS8(pem, alg);
  const client = { client_id };
  const auth = oauth.PrivateKeyJwt(key);
  return { client, auth, key, credential, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) };
}

/** Pushes a request, and once more where a nonce is wanted. */
async function push({ client, auth, DPoP }, params) {
  for (let again = true; ; again = false) {
    const response = await oauth.pushedAuthorizationRequest(as, client, auth, params, { DPoP, ...INSECURE });
    try {
      return await oauth.processPushedAuthorizationResponse(as, client, response);
    } catch (error) {
      if (!again || !oauth.isDPoPNonceError(error)) throw error;
    }
  }
}

/** Everything up to the code: what came back, checked with `iss`, and what redeems it. */
async function authorize(party, more = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const params = {
    response_type: 'code', redirect_uri: tenant.callback, scope: 'openid read:entries offline_access', audience: tenant.audience,
    state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  };
  const { request_uri } = await push(party, params);
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: party.client.client_id, request_uri });
  const back = await signInByForms(url, tenant.person, tenant.callback);
  return { back, url, params, verifier };
}

async function redeem({ client, auth, DPoP }, answer, { verifier, params }) {
  for (let again = true; ; again = false) {
    const response = await oauth.authorizationCodeGrantRequest(as, client, auth, answer, tenant.callback, verifier, { DPoP, ...INSECURE });
    try {
      return await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: params.nonce, requireIdToken: true });
    } catch (error) {
      if (!again || !oauth.isDPoPNonceError(error)) throw error;
    }
  }
}

const refused = (error) => (caught) => {
  assert.equal(caught.error, error, caught.cause ? JSON.stringify(caught.cause) : caught.message);
  return true;
};

describe('oauth4webapi, as FAPI 2.0 has it', () => {
  test('the metadata says what the profile wants', () => {
    assert.equal(as.authorization_response_iss_parameter_supported, true);
    assert.ok(as.pushed_authorization_request_endpoint);
    assert.ok(as.token_endpoint_auth_methods_supported.includes('private_key_jwt'));
    assert.deepEqual(['PS256', 'ES256', 'EdDSA'].filter((alg) => !as.token_endpoint_auth_signing_alg_values_supported.includes(alg)), []);
  });

  for (const alg of ['PS256', 'ES256']) {
    test(`a client that signs with ${alg} gets bound tokens, refreshes and asks who it is`, async () => {
      const party = await relyingParty(alg);
      const { back, ...asked } = await authorize(party);
      const answer = oauth.validateAuthResponse(as, party.client, back, asked.params.state);
      assert.equal(answer.get('iss'), as.issuer);
      const tokens = await redeem(party, answer, asked);
      const jkt = await party.DPoP.calculateThumbprint();
      assert.deepEqual([tokens.token_type, claims(tokens.access_token).cnf], ['dpop', { jkt }]);
      assert.equal(claims(tokens.id_token).sub, tenant.person.sub);
      const { client, auth, DPoP } = party;
      const next = await oauth.processRefreshTokenResponse(as, client,
        await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, { DPoP, ...INSECURE }));
      assert.deepEqual(claims(next.access_token).cnf, { jkt });
      const me = await oauth.processUserInfoResponse(as, client, tenant.person.sub,
        await oauth.userInfoRequest(as, client, next.access_token, { DPoP, ...INSECURE }));
      assert.equal(me.sub, tenant.person.sub);
    });
  }

  test('a request that was not pushed is refused, and the refusal has `iss`', async () => {
    const { client } = await relyingParty();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: client.client_id, response_type: 'code', redirect_uri: tenant.callback, scope: 'openid', state: 'a state',
      code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()), code_challenge_method: 'S256',
    });
    const back = await signInByForms(url, tenant.person, tenant.callback);
    assert.throws(() => oauth.validateAuthResponse(as, client, back, 'a state'), refused('invalid_request'));
    assert.equal(back.searchParams.get('iss'), as.issuer);
  });

  test('a request that was pushed is good once', async () => {
    const party = await relyingParty();
    const { url } = await authorize(party);
    await assert.rejects(signInByForms(url, tenant.person, tenant.callback), /400/);
  });

  test('a code that was asked for with one key is not redeemed with another, nor without', async () => {
    const party = await relyingParty();
    const { back, ...asked } = await authorize(party);
    const answer = oauth.validateAuthResponse(as, party.client, back, asked.params.state);
    const other = oauth.DPoP(party.client, await oauth.generateKeyPair('ES256'));
    await assert.rejects(redeem({ ...party, DPoP: other }, answer, asked), refused('invalid_grant'));
    await assert.rejects(redeem({ ...party, DPoP: undefined }, answer, asked), refused('invalid_dpop_proof'));
    assert.equal((await redeem(party, answer, asked)).token_type, 'dpop', 'the attempts spent nothing');
  });

  test('an assertion is good once, and addressed to the issuer alone', async () => {
    const { client, key, DPoP } = await relyingParty();
    const ask = (auth) => oauth.clientCredentialsGrantRequest(as, client, auth, { audience: tenant.audience }, { DPoP, ...INSECURE })
      .then((response) => oauth.processClientCredentialsResponse(as, client, response));
    let jti;
    const remember = oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: (_, payload) => { jti = payload.jti; } });
    const again = oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: (_, payload) => { payload.jti = jti; } });
    assert.equal((await ask(remember)).token_type, 'dpop');
    await assert.rejects(ask(again), refused('invalid_client'));
    const elsewhere = oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: (_, payload) => { payload.aud = as.token_endpoint; } });
    await assert.rejects(ask(elsewhere), refused('invalid_client'));
    const stranger = await relyingParty();
    await assert.rejects(ask(oauth.PrivateKeyJwt(stranger.key)), refused('invalid_client'));
  });

  test('a signed request is pushed, and the answer comes back signed (Message Signing)', async () => {
    const party = await relyingParty('PS256');
    await tenant.api('PATCH', `clients/${party.client.client_id}`, {
      signed_request_object: { required: true, credentials: [{ id: party.credential }] },
    });
    const verifier = oauth.generateRandomCodeVerifier();
    const params = {
      response_type: 'code', response_mode: 'jwt', redirect_uri: tenant.callback, scope: 'openid read:entries', audience: tenant.audience,
      state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    };
    await assert.rejects(push(party, params), refused('invalid_request'));
    const request = await oauth.issueRequestObject(as, party.client, params, party.key);
    const { request_uri } = await push(party, { request });
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: party.client.client_id, request_uri });
    const back = await signInByForms(url, tenant.person, tenant.callback);
    assert.equal(back.searchParams.has('code'), false);
    const answer = await oauth.validateJwtAuthResponse(as, party.client, back, params.state, INSECURE);
    const tokens = await redeem(party, answer, { verifier, params });
    assert.equal(tokens.token_type, 'dpop');
  });
});
