// A public client by hand, where a suite is about the server and not about an SDK: its tokens, and their refresh.
import { generateProof } from 'dpop';
import * as oauth from 'oauth4webapi';
import { signInByForms } from './harness.mjs';

/** A public client's tokens, by the code flow. */
export async function login(server, tenant, keys, jar) {
  return ask(server, keys, await code(server, tenant, jar));
}

/** A token request with a code in it, of a person who signed in; `jar` holds the session, before and after. */
export async function code(server, tenant, jar = new Map()) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(`${server.issuer}authorize`);
  url.search = new URLSearchParams({
    client_id: tenant.native.client_id, redirect_uri: tenant.callback, response_type: 'code', state: 's',
    scope: 'openid offline_access read:orders', audience: tenant.audience,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await signInByForms(url, tenant.person, tenant.callback, { jar });
  return {
    grant_type: 'authorization_code', code: back.searchParams.get('code'), redirect_uri: tenant.callback,
    code_verifier: verifier, client_id: tenant.native.client_id,
  };
}

/** A token request with a proof, repeated once when a nonce is wanted. */
export async function ask(server, keys, fields, nonce) {
  const endpoint = `${server.issuer}oauth/token`;
  const response = await fetch(endpoint, {
    method: 'POST', body: new URLSearchParams(fields),
    headers: { dpop: await generateProof(keys, endpoint, 'POST', nonce) },
  });
  const json = await response.json();
  if (json.error === 'use_dpop_nonce' && !nonce) return ask(server, keys, fields, response.headers.get('dpop-nonce'));
  return { status: response.status, after: response.headers.get('retry-after'), ...json };
}

/** A refresh of that client's. */
export const refresh = (server, tenant, keys, token) =>
  ask(server, keys, { grant_type: 'refresh_token', refresh_token: token, client_id: tenant.native.client_id });
