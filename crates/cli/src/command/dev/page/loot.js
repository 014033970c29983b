// The thief's panel: the stolen token, the attempts, and what the server said to each.

import { attempts, control, judge } from "./thief.js";
import { decode, el, json, jwt, picture, short } from "./view.js";

const RESULTS = { accepted: "Accepted", refused: "Refused", failed: "Unexpected" };

const SILENCE = {
  accepted: "Served as always.",
  refused: "The server gives no reason, only what it expects instead.",
  failed: "The server gives no reason.",
};

let panel;
let body;
let loot;

/** Fills the panel for this session, or empties it when there is none. */
export function arm(section, target, stolen) {
  panel = section;
  body = target;
  loot = stolen;
  if (!stolen) {
    panel.dataset.state = "waiting";
    body.replaceChildren(el("p", { class: "empty" }, "Nothing to steal yet. Sign in first."));
    return;
  }
  panel.dataset.state = "ready";
  body.replaceChildren(
    el(
      "details",
      { class: "stolen", open: true },
      el("summary", {}, "The stolen token, whole"),
      jwt(stolen.token, { data: { testid: "thief-token" } }),
    ),
    el("button", { type: "button", class: "danger", id: "thief-run", data: { testid: "thief-run" }, onclick: runAll }, "Let the thief try everything"),
    el("p", { class: "verdict", role: "status", data: { testid: "thief-verdict" } }),
    el("ol", { class: "attempts" }, attempts.map(card), card(control)),
  );
}

async function runAll() {
  const button = body.querySelector("#thief-run");
  button.disabled = true;
  panel.dataset.state = "working";
  const results = [];
  for (const attempt of attempts) results.push(await run(attempt));
  const owner = await run(control);
  const refused = results.filter((result) => result === "refused").length;
  const verdict = body.querySelector(".verdict");
  Object.assign(verdict.dataset, { refused, tried: results.length });
  const all = refused === results.length && owner === "accepted";
  verdict.className = all ? "verdict good" : "verdict bad";
  verdict.textContent = all
    ? `${refused} of ${results.length} attempts refused. The owner noticed nothing.`
    : `${refused} of ${results.length} attempts refused; the owner was ${owner === "accepted" ? "served" : "refused"}. That is not what should happen.`;
  panel.dataset.state = "done";
  button.textContent = "Try everything again";
  button.disabled = false;
}

/** Runs one attempt and shows what came of it. */
async function run(attempt) {
  const item = body.querySelector(`[data-testid="attempt-${attempt.id}"]`);
  const outcome = item.querySelector(".outcome");
  item.dataset.result = "";
  item.classList.add("busy");
  let sent = { scheme: "", proof: undefined, remark: undefined };
  const note = (scheme, proof, remark) => {
    sent = { scheme, proof, remark };
  };
  try {
    const answer = await attempt.send({ ...loot, note });
    const judged = judge(answer);
    Object.assign(item.dataset, {
      result: judged.result,
      status: answer.status,
      error: judged.error ?? "",
      reason: judged.code ?? "",
    });
    outcome.replaceChildren(...show(attempt, sent, answer, judged));
  } catch (problem) {
    item.dataset.result = "failed";
    outcome.replaceChildren(el("p", { data: { testid: "answer" } }, `No answer: ${problem.message}`));
  }
  item.classList.remove("busy");
  return item.dataset.result;
}

function card(attempt) {
  return el(
    "li",
    { class: attempt === control ? "attempt control" : "attempt", data: { testid: `attempt-${attempt.id}`, result: "" } },
    el(
      "div",
      { class: "attempt-head" },
      el("h3", {}, attempt.title),
      el("button", { type: "button", class: "small", data: { testid: "try" }, "aria-label": `Try: ${attempt.title}`, onclick: () => run(attempt) }, "Try"),
    ),
    el("p", {}, attempt.text),
    el("div", { class: "outcome", "aria-live": "polite" }),
  );
}

function show(attempt, sent, answer, judged) {
  const good = judged.result === (attempt === control ? "accepted" : "refused");
  const line = el(
    "p",
    { class: good ? "verdict-line good" : "verdict-line bad", data: { testid: "answer" } },
    el("b", {}, `${answer.status} ${RESULTS[judged.result]}`),
    judged.error ? el("code", {}, judged.error) : undefined,
    judged.code ? el("code", { class: "code" }, judged.code) : undefined,
  );
  const words = judged.description?.replace(`(${judged.code})`, "").trim();
  const reason = el(
    "p",
    { class: "reason", data: { testid: "reason" } },
    words ? [el("span", {}, "because "), words] : SILENCE[judged.result],
  );
  return [line, reason, keys(answer), urls(sent, answer), details(sent, answer)].filter(Boolean);
}

/** Only for the forged proof: the two keys, side by side. */
function keys(answer) {
  if (!answer.thumbprint) return undefined;
  const jkt = decode(loot.token).claims.cnf?.jkt;
  const side = (name, value, who) =>
    el("span", { class: "side" }, picture(value, who), el("span", {}, el("b", {}, name), el("code", {}, short(value, 10, 6))));
  return el(
    "div",
    { class: "equal unequal", role: "img", "aria-label": "The thief's key is not the token's key" },
    side("thief's key", answer.thumbprint, "thief"),
    el("span", { class: "sign" }, "≠"),
    side("cnf.jkt", jkt, "owner"),
  );
}

/** Only for the diverted proof: what it was made for, and where it was sent. */
function urls(sent, answer) {
  const htu = sent.proof?.claims.htu;
  if (!htu || htu === answer.url) return undefined;
  const rows = [["htu", htu], ["Sent to", answer.url]];
  return el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function details(sent, answer) {
  const rows = [
    ["Sent", `${answer.method} ${answer.url}`],
    ["", sent.scheme],
    ["Answer", String(answer.status)],
    ["WWW-Authenticate", answer.challenge ?? "none"],
  ];
  if (answer.nonce) rows.push(["DPoP-Nonce", answer.nonce]);
  return el(
    "details",
    {},
    el("summary", {}, "What was sent, what came back"),
    el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    sent.remark ? el("p", { class: "remark" }, sent.remark) : undefined,
    sent.proof ? json({ header: sent.proof.header, claims: sent.proof.claims }) : undefined,
    answer.body === undefined ? undefined : json(answer.body),
  );
}
