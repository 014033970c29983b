// The key: a WebCrypto P-256 key pair whose private half cannot leave this browser, and what it signs.

import { toBase64url } from "./view.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const utf8 = new TextEncoder();

/** A new key. `extractable: false`: scripts may use the private half, none may read it. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  return describe(pair);
}

/** A pair with its public JWK and its thumbprint (RFC 7638). */
export async function describe(pair) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const thumbprint = await digest(JSON.stringify({ crv, kty, x, y }));
  return { pair, jwk: { kty, crv, x, y }, thumbprint };
}

/** Asks the browser for the private half, and returns what it answers: a refusal. */
export async function tryToExport(key) {
  try {
    await crypto.subtle.exportKey("jwk", key.pair.privateKey);
    return undefined;
  } catch (refusal) {
    return `${refusal.name}: ${refusal.message}`;
  }
}

/**
 * A proof (RFC 9449 §4.2): signed by this key, for this method and URL, good once.
 * Returns the compact form and what is in it.
 */
export async function makeProof(key, { method, url, nonce, token }) {
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: key.jwk };
  const claims = { jti: random(16), htm: method, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000) };
  if (nonce) claims.nonce = nonce;
  if (token) claims.ath = await digest(token);
  const text = `${part(header)}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.pair.privateKey, utf8.encode(text));
  return { compact: `${text}.${toBase64url(signature)}`, header, claims };
}

/** SHA-256, base64url: thumbprints, `ath` and PKCE challenges are all made so. */
export async function digest(text) {
  return toBase64url(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
}

/** So many random bytes, base64url. */
export function random(bytes = 32) {
  return toBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Whether an RS256 token was signed by a key of this JWKS. */
export async function verifies(token, header, jwks) {
  const jwk = jwks.keys.find((candidate) => candidate.kid === header.kid && candidate.kty === "RSA");
  if (!jwk || header.alg !== "RS256") return false;
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", { kty: "RSA", n: jwk.n, e: jwk.e }, rsa, false, ["verify"]);
  const cut = token.lastIndexOf(".");
  const signature = Uint8Array.from(atob(token.slice(cut + 1).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.verify(rsa, key, signature, utf8.encode(token.slice(0, cut)));
}

function part(value) {
  return toBase64url(utf8.encode(JSON.stringify(value)));
}
