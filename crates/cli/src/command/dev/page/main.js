// The page: what is shown when, and which button does what.

import { call, send } from "./call.js";
import * as flow from "./flow.js";
import { describe, makeKey, tryToExport } from "./key.js";
import { arm } from "./loot.js";
import { forget, keep, load, place } from "./store.js";
import { add, begin, clear, tell } from "./timeline.js";
import { decode, picture, short } from "./view.js";

const at = (id) => document.getElementById(id);
let config;
let server;
let key;

start().catch(wrong);

async function start() {
  theme();
  config = await (await fetch("config.json")).json();
  at("call-public").onclick = () => during(callPublic);
  await findKey();
  await forgetStrangers();
  server = await flow.discover(config, (news) => at("timeline").childElementCount < 2 && tell(news));
  wire();
  if (flow.isReturn()) await signedIn();
  await show();
}

async function findKey() {
  const kept = await load("key");
  key = kept ? await describe(kept) : await makeKey();
  if (!kept) await keep("key", key.pair);
  begin(at("timeline"), at("said"), key);
  at("key").dataset.thumbprint = key.thumbprint;
  at("key").dataset.extractable = String(key.pair.privateKey.extractable);
  seal("key", key.thumbprint, "owner", key.thumbprint, "stays in this browser");
  if (at("timeline").childElementCount === 0) {
    tell({ event: "key", found: Boolean(kept), key, refusal: await tryToExport(key), place: await place() });
  }
}

/** Tokens of a tenant that is gone (`keybound dev --ephemeral` started anew) are of no use to anybody. */
async function forgetStrangers() {
  const session = await load("session");
  if (session && (session.client_id !== config.client_id || session.issuer !== config.issuer)) await forget("session");
}

/** Coming back from the sign-in page: redeem the code, then use what it brought. */
async function signedIn() {
  at("who").textContent = "Redeeming the code…";
  await flow.comeBack(config, server, key, tell);
  await show();
  await callApi("GET", "me");
  await callApi("GET", "orders");
}

function wire() {
  at("sign-in").onclick = () => during(() => flow.signIn(config, server, key, tell));
  at("sign-out").onclick = () => during(() => flow.signOut(config, server, tell));
  at("refresh").onclick = () => during(async () => {
    try {
      await flow.refresh(config, server, key, tell);
    } finally {
      await show();
    }
  });
  at("new-key").onclick = () => during(startOver);
  at("call-me").onclick = () => during(() => callApi("GET", "me"));
  at("call-orders").onclick = () => during(() => callApi("GET", "orders"));
  at("place-order").onclick = () => during(() => callApi("POST", "orders", { item: "A lock without a keyhole" }));
}

async function callPublic() {
  tell({ event: "answer", answer: await send({ method: "GET", url: `${config.api}public` }) });
}

/** A call to the API as the owner; a token about to expire is refreshed first. */
async function callApi(method, path, order) {
  let session = await load("session");
  if (session.expires_at < Date.now() + 5_000) session = await flow.refresh(config, server, key, tell);
  const ask = { method, url: `${config.api}${path}`, token: session.access_token };
  if (order) Object.assign(ask, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) });
  tell({ event: "answer", answer: await call(key, ask, tell) });
}

async function startOver() {
  await forget("session");
  await forget("key");
  clear();
  await findKey();
  await show();
}

/** Shows who is signed in, the key, the token, and what may be done. */
async function show() {
  const session = await load("session");
  const person = session?.id_token ? decode(session.id_token).claims : undefined;
  at("session").dataset.state = session ? "in" : "out";
  at("who").textContent = session ? `Signed in as ${person?.email ?? person?.sub ?? "somebody"}` : "Nobody is signed in.";
  at("sign-in").hidden = Boolean(session);
  at("new-key").hidden = Boolean(session);
  at("sign-out").hidden = at("to-thief").hidden = !session;
  for (const id of ["call-me", "call-orders", "place-order", "refresh"]) at(id).disabled = !session;
  showToken(session);
  const stolen = session && {
    token: session.access_token,
    ownerKey: key,
    orders: `${config.api}orders`,
    me: `${config.api}me`,
    ownCall: (method, url) => call(key, { method, url, token: session.access_token }),
  };
  arm(at("thief"), at("thief-body"), stolen);
}

function showToken(session) {
  const jkt = session ? decode(session.access_token).claims.cnf?.jkt : undefined;
  const same = jkt === key.thumbprint;
  at("token").dataset.jkt = jkt ?? "";
  at("token").dataset.scheme = session?.token_type ?? "";
  at("binding").dataset.equal = session ? String(same) : "";
  at("binding").querySelector(".equals").textContent = session ? (same ? "=" : "≠") : "";
  const until = session && new Date(session.expires_at).toLocaleTimeString([], { timeStyle: "short" });
  seal("token", jkt, same ? "owner" : "other", jkt ?? "none yet", session ? `${session.token_type} token, until ${until}` : "sign in to get one");
}

function seal(id, thumbprint, who, value, note) {
  const card = at(id);
  card.querySelector(".seal-picture").replaceChildren(picture(thumbprint, thumbprint ? who : "none"));
  card.querySelector(".seal-value").textContent = thumbprint ? short(value, 12, 8) : value;
  card.querySelector(".seal-value").title = value;
  card.querySelector(".seal-note").textContent = note;
}

/** Runs what a button does; the page says what went wrong. */
async function during(act) {
  at("notice").hidden = true;
  document.body.classList.add("busy");
  try {
    await act();
  } catch (problem) {
    wrong(problem);
  } finally {
    document.body.classList.remove("busy");
  }
}

function wrong(problem) {
  const words = problem instanceof TypeError ? `${problem.message}: is \`keybound dev\` still running?` : problem.message;
  at("notice").textContent = words;
  at("notice").hidden = false;
  if (key) add({ kind: "error", title: "That did not work", who: "", text: words, blocks: [] });
  if (at("session").dataset.state === "working" && key) show().catch(() => {});
}

function theme() {
  const button = at("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const now = () => localStorage.getItem("keybound.theme") ?? (dark.matches ? "dark" : "light");
  const apply = () => {
    document.documentElement.style.colorScheme = now();
    button.textContent = now() === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Use the ${button.textContent.toLowerCase()} theme`);
  };
  button.onclick = () => {
    localStorage.setItem("keybound.theme", now() === "dark" ? "light" : "dark");
    apply();
  };
  dark.addEventListener("change", apply);
  apply();
}
