// Signing in: discovery, the authorization code flow with PKCE and `dpop_jkt`, refresh, signing out.

import { call, send } from "./call.js";
import { digest, random, verifies } from "./key.js";
import { forget, keep, load } from "./store.js";
import { decode } from "./view.js";

const PENDING = "keybound.sign-in";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** Where everything is: asks the API whom it trusts, then that server where its endpoints are. */
export async function discover(config, tell) {
  const api = new URL(config.api);
  const resource = await read(`${api.origin}/.well-known/oauth-protected-resource`);
  const server = await read(`${config.issuer}.well-known/openid-configuration`);
  if (server.issuer !== config.issuer) throw new Error(`discovery names the issuer ${server.issuer}, not ${config.issuer}`);
  if (!resource.authorization_servers?.includes(config.issuer)) throw new Error(`the API does not trust ${config.issuer}`);
  tell({ event: "discovery", resource, server });
  return server;
}

async function read(url) {
  const answer = await send({ method: "GET", url });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return answer.body;
}

/** Leaves for the sign-in page. What the answer must match is kept in this tab. */
export async function signIn(config, server, key, tell) {
  const pending = { state: random(), nonce: random(), verifier: random(48), redirect_uri: location.origin };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const asked = {
    client_id: config.client_id,
    response_type: "code",
    redirect_uri: pending.redirect_uri,
    scope: config.scope,
    audience: config.audience,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await digest(pending.verifier),
    code_challenge_method: "S256",
    dpop_jkt: key.thumbprint,
  };
  tell({ event: "redirect", endpoint: server.authorization_endpoint, asked });
  const url = new URL(server.authorization_endpoint);
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/** Whether this page was opened by the authorization server's answer. */
export function isReturn() {
  const query = new URLSearchParams(location.search);
  return query.has("state") && (query.has("code") || query.has("error"));
}

/** Reads the answer in the address bar, removes it from there, and redeems the code. */
export async function comeBack(config, server, key, tell) {
  const answer = Object.fromEntries(new URLSearchParams(location.search));
  history.replaceState(null, "", location.pathname);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  if (!pending || answer.state !== pending.state) throw new Error("this answer belongs to no sign-in of this tab");
  if (answer.iss !== undefined && answer.iss !== server.issuer) throw new Error(`the answer came from ${answer.iss}`);
  if (answer.error) throw new Error(`${answer.error}: ${answer.error_description ?? "no reason given"}`);
  tell({ event: "return", answer });

  const body = {
    grant_type: "authorization_code",
    client_id: config.client_id,
    code: answer.code,
    code_verifier: pending.verifier,
    redirect_uri: pending.redirect_uri,
  };
  const session = await redeem(config, server, key, body, undefined, tell);
  await checkIdentity(config, server, session, pending.nonce, tell);
  return session;
}

/** A new token for the refresh token; only the same key can do it. One tab at a time. */
export function refresh(config, server, key, tell) {
  const act = async () => {
    const before = await load("session");
    if (!before?.refresh_token) throw new Error("there is no refresh token");
    const body = { grant_type: "refresh_token", client_id: config.client_id, refresh_token: before.refresh_token };
    return redeem(config, server, key, body, before, tell);
  };
  return navigator.locks ? navigator.locks.request("keybound-refresh", act) : act();
}

async function redeem(config, server, key, body, before, tell) {
  const ask = { method: "POST", url: server.token_endpoint, headers: FORM, body: new URLSearchParams(body) };
  const answer = await call(key, ask, tell);
  if (answer.status !== 200) {
    tell({ event: "answer", answer });
    if (answer.body?.error === "invalid_grant") await forget("session");
    throw new Error(`the token endpoint refused: ${answer.body?.error_description ?? answer.body?.error ?? answer.status}`);
  }
  const { access_token, refresh_token, id_token, token_type, expires_in, scope } = answer.body;
  if (token_type !== "DPoP") throw new Error(`the token is a ${token_type} token: it is bound to no key`);
  const session = {
    access_token,
    token_type,
    scope,
    issuer: config.issuer,
    client_id: config.client_id,
    refresh_token: refresh_token ?? before?.refresh_token,
    id_token: id_token ?? before?.id_token,
    expires_at: Date.now() + expires_in * 1000,
  };
  await keep("session", session);
  tell({ event: "token", grant: body.grant_type, answer, claims: decode(access_token).claims, session });
  return session;
}

/** The ID token's checks of OIDC Core §3.1.3.7, its signature included. */
async function checkIdentity(config, server, session, nonce, tell) {
  const { header, claims } = decode(session.id_token);
  const jwks = await read(server.jwks_uri);
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  const checks = {
    signature: await verifies(session.id_token, header, jwks),
    issuer: claims.iss === server.issuer,
    audience: audience.includes(config.client_id),
    nonce: claims.nonce === nonce,
  };
  const failed = Object.keys(checks).find((name) => !checks[name]);
  if (failed) {
    await forget("session");
    throw new Error(`the ID token's ${failed} is wrong`);
  }
  tell({ event: "identity", header, claims, checks });
}

/** Revokes the refresh token, forgets the tokens and ends the session at the server. The key stays. */
export async function signOut(config, server, tell) {
  const session = await load("session");
  await forget("session");
  if (session?.refresh_token && server.revocation_endpoint) {
    const body = { client_id: config.client_id, token: session.refresh_token, token_type_hint: "refresh_token" };
    const ask = { method: "POST", url: server.revocation_endpoint, body: new URLSearchParams(body) };
    tell({ event: "signed-out", answer: await send(ask, FORM) });
  }
  const url = new URL(server.end_session_endpoint);
  if (session?.id_token) url.searchParams.set("id_token_hint", session.id_token);
  url.searchParams.set("client_id", config.client_id);
  url.searchParams.set("post_logout_redirect_uri", location.origin);
  location.assign(url);
}
