// What happened, in order. A step is plain data, kept for this tab, so that it outlives the trip to the sign-in page.

import { decode, el, json, jwt, picture, short } from "./view.js";

const STEPS = "keybound.steps";
const LIMIT = 80;

let steps = [];
let list;
let said;
let thumbprint;

/** Where owner and thief stand below each other, what can be unfolded stays folded: the thief is far enough away. */
const narrow = matchMedia("(max-width: 62rem)");

/** Shows the kept steps in `target` and says each new one in `status`; the key's thumbprint is marked everywhere. */
export function begin(target, status, key) {
  list = target;
  said = status;
  thumbprint = key.thumbprint;
  steps = JSON.parse(sessionStorage.getItem(STEPS) ?? "[]");
  list.replaceChildren(...steps.map((step) => render(step, false)));
}

/** Adds a step and shows it. */
export function add(step) {
  const full = { at: new Date().toLocaleTimeString(), ...step };
  steps = [...steps, full].slice(-LIMIT);
  sessionStorage.setItem(STEPS, JSON.stringify(steps));
  list.append(render(full, true));
  said.textContent = [full.title, full.who, full.status].filter(Boolean).join(", ");
  while (list.children.length > LIMIT) list.firstElementChild.remove();
}

/** Forgets every step. */
export function clear() {
  steps = [];
  sessionStorage.removeItem(STEPS);
  list?.replaceChildren();
}

/** What flow.js and call.js tell, as a step. */
export function tell(news) {
  const make = makers[news.event];
  if (make) add({ kind: news.event, ...make(news) });
}

const makers = {
  key: ({ found, key, refusal, place }) => ({
    title: found ? "The key from last time" : "A new key",
    who: "browser",
    text: found
      ? "Your browser still holds it. A script may sign with it; no script can read it."
      : "Your browser made it just now. A script may sign with it; no script can read it.",
    blocks: [
      { facts: [["Thumbprint", key.thumbprint], ["Kept in", place], ["Asked for the private half", refusal ?? "handed out!"]] },
      { label: "Public half (JWK)", json: key.jwk },
    ],
  }),
  discovery: ({ resource, server }) => ({
    title: "Finding the way",
    who: "browser → API, authorization server",
    text: "The API says whom it trusts; that server says where its endpoints are.",
    blocks: [
      { facts: [["API", resource.resource], ["trusts", resource.authorization_servers.join(" ")], ["Issuer", server.issuer]] },
      { label: "The API's metadata (RFC 9728)", json: resource },
      { label: "The server's metadata (RFC 8414)", json: server },
    ],
  }),
  redirect: ({ endpoint, asked }) => ({
    title: "Off to sign in",
    who: "browser → authorization server",
    text: "The code that comes back is promised to this key from the start: dpop_jkt is its thumbprint.",
    method: "GET",
    url: endpoint,
    blocks: [{ facts: [["dpop_jkt", asked.dpop_jkt], ["PKCE", `${asked.code_challenge_method} ${asked.code_challenge}`]] }, { label: "Asked", json: asked }],
  }),
  return: ({ answer }) => ({
    title: "Back with a code",
    who: "authorization server → browser",
    text: "It is the answer to this tab's question, from the server that was asked: state and issuer match.",
    blocks: [{ label: "Answered", json: answer }],
  }),
  proof: ({ ask, proof, attempt }) => ({
    title: attempt === 1 ? "A proof" : "A proof with that nonce",
    who: `for ${ask.method} ${new URL(ask.url).pathname}`,
    text: ask.token
      ? "Signed by your key, for this method, this URL and this token (ath). Good once."
      : "Signed by your key, for this method and this URL. Good once.",
    method: ask.method,
    url: ask.url,
    blocks: [
      { facts: ["jti", "nonce", "ath"].filter((name) => proof.claims[name]).map((name) => [name, proof.claims[name]]) },
      { pair: [["Header", proof.header], ["Claims", proof.claims]], open: !narrow.matches && !steps.some((step) => step.kind === "proof") },
    ],
  }),
  nonce: ({ answer }) => ({
    title: "The server wants a nonce in it",
    who: answer.status === 400 ? "authorization server → browser" : "API → browser",
    text: "So a proof cannot be made today and used tomorrow. Nothing was spent; the browser asks again by itself.",
    status: answer.status,
    method: answer.method,
    url: answer.url,
    error: "use_dpop_nonce",
    blocks: [{ facts: [["DPoP-Nonce", answer.nonce], ...(answer.challenge ? [["WWW-Authenticate", answer.challenge]] : [])] }],
  }),
  token: ({ grant, answer, claims, session }) => ({
    title: grant === "refresh_token" ? "A fresh token, for the same key" : "A token, bound to your key",
    who: "authorization server → browser",
    text: "Inside, cnf.jkt is the thumbprint of the key that must come along.",
    status: answer.status,
    method: answer.method,
    url: answer.url,
    blocks: [
      { equal: [claims.cnf?.jkt] },
      { label: "Claims of the access token", json: claims, open: !narrow.matches },
      { label: "The access token itself", jwt: session.access_token },
    ],
  }),
  identity: ({ header, claims, checks }) => ({
    title: `Signed in as ${claims.email ?? claims.sub}`,
    who: "ID token",
    text: `Checked here: ${Object.keys(checks).join(", ")}.`,
    blocks: [{ pair: [["Header", header], ["Claims", claims]] }],
  }),
  answer: ({ answer }) => ({
    title: answer.status < 300 ? "The answer" : "Refused",
    who: `${answer.method} ${new URL(answer.url).pathname}`,
    text: answer.challenge,
    status: answer.status,
    took: answer.took,
    method: answer.method,
    url: answer.url,
    error: answer.body?.error,
    blocks: answer.body === undefined ? [] : [{ label: "Body", json: answer.body, open: true }],
  }),
  "signed-out": ({ answer }) => ({
    title: "Signed out",
    who: "browser → authorization server",
    text: "The refresh token is revoked and the tokens are forgotten. The key stays for next time.",
    status: answer.status,
    method: answer.method,
    url: answer.url,
    blocks: [],
  }),
  error: ({ message }) => ({ title: "That did not work", who: "", text: message, blocks: [] }),
};

function render(step, fresh) {
  const data = { testid: "step", kind: step.kind };
  for (const name of ["status", "method", "url", "error"]) if (step[name] !== undefined) data[name] = step[name];
  return el(
    "li",
    { class: `step ${step.kind}${fresh ? " fresh" : ""}`, data },
    el(
      "div",
      { class: "step-head" },
      el("h3", {}, step.title),
      step.status ? el("span", { class: step.status < 300 ? "status good" : "status bad" }, String(step.status)) : undefined,
      el("p", { class: "step-who" }, step.who, step.took === undefined ? "" : ` · ${step.took} ms`),
      el("time", {}, step.at),
    ),
    step.text ? el("p", { class: "step-text" }, step.text) : undefined,
    step.blocks.map(block),
  );
}

function block(part) {
  const marks = new Map([[thumbprint, "the thumbprint of this browser's key"]]);
  if (part.facts) {
    return el("dl", { class: "facts" }, part.facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, marked(value))]));
  }
  if (part.equal) return equal(part.equal[0]);
  if (part.pair) {
    const half = ([name, value]) => el("div", {}, el("p", { class: "half" }, name), json(value, marks));
    return fold("Decoded", part.open, el("div", { class: "pair" }, part.pair.map(half)));
  }
  if (part.jwt) return fold(part.label, part.open, jwt(part.jwt), json(decode(part.jwt).header, marks));
  return fold(part.label, part.open, json(part.json, marks));
}

function fold(label, open, ...inside) {
  return el("details", { open: Boolean(open) }, el("summary", {}, label), ...inside);
}

function marked(value) {
  return value === thumbprint ? el("mark", { title: "the thumbprint of this browser's key" }, value) : String(value);
}

/** The token's `cnf.jkt` beside the key's thumbprint, with the sign between them that is true. */
function equal(jkt) {
  const same = jkt === thumbprint;
  const side = (name, value) =>
    el("span", { class: "side" }, picture(value, same ? "owner" : "other"), el("span", {}, el("b", {}, name), el("code", {}, short(value ?? "none", 12, 8))));
  return el(
    "div",
    { class: "equal", role: "img", "aria-label": same ? "cnf.jkt equals the key's thumbprint" : "cnf.jkt differs from the key's thumbprint" },
    side("cnf.jkt", jkt),
    el("span", { class: "sign" }, same ? "=" : "≠"),
    side("your key", thumbprint),
  );
}
