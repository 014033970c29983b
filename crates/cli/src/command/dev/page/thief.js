// The thief: takes the very token and really sends it, in every way a thief could. No answer here is made up.

import { asksForNonce, nonceOf, reasonOf, send } from "./call.js";
import { makeKey, makeProof } from "./key.js";

/**
 * The attempts, in the order they are tried. Each `send` makes a real request and returns the server's answer;
 * `loot` is { token, ownerKey, orders, me, ownCall, note }: `note` shows what the thief sent.
 */
export const attempts = [
  {
    id: "bearer",
    title: "As a plain Bearer token",
    text: "The way stolen tokens are usually used: no key, no proof.",
    send: ({ token, orders, note }) => {
      note("Authorization: Bearer <the token>");
      return send({ method: "GET", url: orders }, { Authorization: `Bearer ${token}` });
    },
  },
  {
    id: "no-proof",
    title: "As DPoP, without a proof",
    text: "The right scheme, but nothing to show for it.",
    send: ({ token, orders, note }) => {
      note("Authorization: DPoP <the token>");
      return send({ method: "GET", url: orders }, { Authorization: `DPoP ${token}` });
    },
  },
  {
    id: "other-key",
    title: "With a proof by another key",
    text: "The thief makes a key and a flawless proof: right method, right URL, right ath, the server's own nonce.",
    send: async ({ token, orders, note }) => {
      const key = await makeKey();
      const answer = await forge(key, { method: "GET", url: orders, token }, note);
      return { ...answer, thumbprint: key.thumbprint };
    },
  },
  {
    id: "replay",
    title: "With a captured proof, replayed",
    text: "The owner makes one good call. The thief recorded it and sends the very same proof again.",
    send: async ({ token, orders, ownCall, note }) => {
      const captured = await ownCall("GET", orders);
      if (captured.status !== 200) throw new Error(`the owner's own call answered ${captured.status}`);
      note("Authorization: DPoP <the token>", captured.proof, `The owner's call with it answered ${captured.status} a moment ago.`);
      return send({ method: "GET", url: orders }, { Authorization: `DPoP ${token}`, DPoP: captured.proof.compact });
    },
  },
  {
    id: "other-url",
    title: "With a proof for another URL",
    text: "A fresh proof of the owner, made for /me and caught before it arrived, is sent to /orders.",
    send: async ({ token, orders, me, ownerKey, note }) => {
      const sendCaught = async () => {
        const proof = await makeProof(ownerKey, { method: "GET", url: me, nonce: nonceOf(me), token });
        note("Authorization: DPoP <the token>", proof);
        return send({ method: "GET", url: orders }, { Authorization: `DPoP ${token}`, DPoP: proof.compact });
      };
      const answer = await sendCaught();
      return asksForNonce(answer) ? sendCaught() : answer;
    },
  },
];

/** The control: the same request by the owner. Were it refused too, the refusals above would prove nothing. */
export const control = {
  id: "owner",
  title: "And the owner still can",
  text: "The same request, with a fresh proof by the right key.",
  send: async ({ orders, ownCall, note }) => {
    const answer = await ownCall("GET", orders);
    note("Authorization: DPoP <the token>", answer.proof);
    return answer;
  },
};

/** Sends with a proof by the thief's own key, and takes the nonce if the server asks for one. */
async function forge(key, ask, note) {
  for (let attempt = 1; ; attempt += 1) {
    const proof = await makeProof(key, { ...ask, nonce: nonceOf(ask.url) });
    note("Authorization: DPoP <the token>", proof);
    const answer = await send(ask, { Authorization: `DPoP ${ask.token}`, DPoP: proof.compact });
    if (attempt > 1 || !asksForNonce(answer)) return answer;
  }
}

/** What an answer means: the thief must be refused with a reason, the owner must not. */
export function judge(answer) {
  if (answer.status >= 200 && answer.status < 300) return { result: "accepted", ...reasonOf(answer) };
  if (answer.status === 401 || answer.status === 403 || answer.status === 400) return { result: "refused", ...reasonOf(answer) };
  return { result: "failed", ...reasonOf(answer) };
}
