// Small pieces of page: elements, JSON with what matters marked, tokens, and the picture of a thumbprint.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children. Text goes in as text, never as markup. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== undefined && child !== null));
  return node;
}

/** `abcdefgh…xyz`: enough to recognise, short enough to read. */
export function short(text, head = 10, tail = 6) {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/**
 * A thumbprint as a picture: rings of arcs drawn from its bytes, so that one sees at a glance
 * whether two are the same key. Beside it always stands the text; the picture itself is decoration.
 */
export function picture(thumbprint, who = "owner") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("print", who);
  const bytes = thumbprint ? fromBase64url(thumbprint) : new Uint8Array(32);
  for (let ring = 0; ring < 5; ring += 1) {
    const radius = 5.5 + ring * 5.6;
    const bits = thumbprint ? (bytes[ring] << 8) | bytes[ring + 5] : 0xffff;
    const turn = ((bytes[ring + 10] ?? 0) / 256) * 360;
    for (const [from, length] of runs(bits, ring < 2 ? 8 : 12)) {
      const step = 360 / (ring < 2 ? 8 : 12);
      svg.append(arc(radius, turn + from * step, turn + (from + length) * step - step * 0.42));
    }
  }
  return svg;
}

/** The longest stretches of set bits among the first `count`, as [start, length]. */
function runs(bits, count) {
  const found = [];
  for (let i = 0; i < count; i += 1) {
    if (!((bits >> i) & 1)) continue;
    const last = found.at(-1);
    if (last && last[0] + last[1] === i && last[1] < 5) last[1] += 1;
    else found.push([i, 1]);
  }
  return found;
}

function arc(radius, from, to) {
  const point = (angle) => {
    const turn = (angle * Math.PI) / 180;
    return `${(32 + radius * Math.cos(turn)).toFixed(2)} ${(32 + radius * Math.sin(turn)).toFixed(2)}`;
  };
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", `M${point(from)}A${radius} ${radius} 0 ${to - from > 180 ? 1 : 0} 1 ${point(to)}`);
  return path;
}

/** Pretty JSON. Values found in `marks` (value → what it is) stand out. */
export function json(value, marks = new Map()) {
  const code = el("code");
  write(code, value, "", marks);
  return el("pre", { class: "json", tabindex: "0" }, code);
}

function write(into, value, indent, marks) {
  if (value === null || typeof value !== "object") {
    into.append(scalar(value, marks));
    return;
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0) {
    into.append(list ? "[]" : "{}");
    return;
  }
  into.append(list ? "[\n" : "{\n");
  entries.forEach(([name, member], index) => {
    into.append(`${indent}  `);
    if (!list) into.append(el("span", { class: "name" }, JSON.stringify(name)), ": ");
    write(into, member, `${indent}  `, marks);
    into.append(index + 1 < entries.length ? ",\n" : "\n");
  });
  into.append(indent + (list ? "]" : "}"));
}

function scalar(value, marks) {
  if (typeof value !== "string") return el("span", { class: "number" }, JSON.stringify(value));
  if (marks.has(value)) return el("mark", { title: marks.get(value) }, JSON.stringify(value));
  if (value.length > 120) {
    return el("span", { class: "text" }, JSON.stringify(short(value, 28, 8)), el("i", {}, ` ${value.length} characters`));
  }
  return el("span", { class: "text" }, JSON.stringify(value));
}

/** A signed token, its three parts told apart. */
export function jwt(token, props = {}) {
  const parts = token.split(".");
  const names = ["head", "body", "sign"];
  const nodes = parts.flatMap((part, index) => [index ? "." : undefined, el("span", { class: names[index] }, part)]);
  return el("div", { class: "jwt", tabindex: "0", ...props }, ...nodes);
}

/** Header and claims of a signed token, unverified: for showing. */
export function decode(token) {
  const [head, body] = token.split(".");
  const read = (part) => JSON.parse(new TextDecoder().decode(fromBase64url(part)));
  return { header: read(head), claims: read(body) };
}

/** Bytes to base64url, without padding. */
export function toBase64url(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Base64url to bytes. */
export function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
