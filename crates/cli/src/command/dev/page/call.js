// Calls that carry a proof, and the one retry a server may ask for.

import { makeProof } from "./key.js";

const NONCES = "keybound.nonces";

/** The nonce this server last gave, if it gave one (RFC 9449 §8: nonces belong to one server). */
export function nonceOf(url) {
  return nonces()[new URL(url).origin];
}

/**
 * Sends a request with a fresh proof; when the answer is "use this nonce", makes another proof and sends once more.
 *
 * `ask` is { method, url, token?, headers?, body? }: with a token it goes as `Authorization: DPoP`.
 * `tell` is told of each proof and each nonce challenge, as they happen.
 */
export async function call(key, ask, tell = () => {}) {
  for (let attempt = 1; ; attempt += 1) {
    const nonce = nonceOf(ask.url);
    const proof = await makeProof(key, { ...ask, nonce });
    tell({ event: "proof", ask, proof, attempt });
    const headers = { ...ask.headers, DPoP: proof.compact };
    if (ask.token) headers.Authorization = `DPoP ${ask.token}`;
    const answer = await send(ask, headers);
    if (attempt === 1 && asksForNonce(answer)) {
      tell({ event: "nonce", ask, answer });
      continue;
    }
    return { ...answer, proof };
  }
}

/** Sends a request with exactly these headers and reads the whole answer. */
export async function send({ method, url, body }, headers = {}) {
  const began = performance.now();
  const response = await fetch(url, { method, headers, body, credentials: "omit", cache: "no-store", redirect: "error" });
  const text = await response.text();
  const nonce = response.headers.get("DPoP-Nonce") ?? undefined;
  if (nonce) remember(url, nonce);
  return {
    method,
    url,
    status: response.status,
    took: Math.round(performance.now() - began),
    nonce,
    challenge: response.headers.get("WWW-Authenticate") ?? undefined,
    body: parse(text),
  };
}

/** Whether the answer is a nonce challenge, at a token endpoint (400) or at a resource (401). */
export function asksForNonce(answer) {
  if (!answer.nonce) return false;
  return answer.status === 400
    ? answer.body?.error === "use_dpop_nonce"
    : answer.status === 401 && (answer.challenge ?? "").includes("use_dpop_nonce");
}

/** The server's reason: error, description and the sub-reason code, from body or challenge, wherever it stands. */
export function reasonOf(answer) {
  const named = parameters(answer.challenge ?? "");
  const body = typeof answer.body === "object" && answer.body !== null ? answer.body : {};
  const error = named.error ?? body.error;
  const description = named.error_description ?? body.error_description ?? body.message;
  const code = named.error_reason ?? body.reason ?? /\(([a-z_]+\.[a-z_.]+)\)/.exec(description ?? "")?.[1];
  return { error, description, code };
}

/** The parameters of the challenge that carries an error, or of the first: `a="b", c="d"` → { a, c }. */
function parameters(challenge) {
  const schemes = challenge.split(/(?:^|,\s*)(?=(?:DPoP|Bearer)\b(?!\s*=))/i);
  const chosen = schemes.find((one) => one.includes("error=")) ?? schemes[0] ?? "";
  return Object.fromEntries(
    Array.from(chosen.matchAll(/([A-Za-z_]+)\s*=\s*"((?:[^"\\]|\\.)*)"/g), (m) => [m[1], m[2].replace(/\\(.)/g, "$1")]),
  );
}

function remember(url, nonce) {
  sessionStorage.setItem(NONCES, JSON.stringify({ ...nonces(), [new URL(url).origin]: nonce }));
}

function nonces() {
  return JSON.parse(sessionStorage.getItem(NONCES) ?? "{}");
}

function parse(text) {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
