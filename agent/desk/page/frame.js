// What surrounds every screen: the line above with shop, hour and the other screens, the line below with how things
// stand, and the keypad at the right.

import { bill } from "./state.js";
import { clock, counted, inZone, isZero, say, yuan } from "./words.js";
import { h, icon } from "./dom.js";
import { read } from "./entry.js";

export const screens = [["list", "F2"], ["shift", "F3"], ["practice", "F9"], ["settings", "F8"]];

export function header(s, do_) {
  const [v, lang] = [s.view, s.lang];
  const shop = v.merchant || "hexiao 核销";
  const tabs = screens.map(([name, key]) => h("i", { class: "tab", name, "aria-pressed": s.screen === name, do: () => do_.open(name) }, say[name][lang], h("small", {}, key)));
  return h("header", {},
    h("div", { class: "shop" }, h("b", {}, shop), h("small", {}, v.merchant ? v.campaign[lang] : "")), tabs,
    h("div", { class: "till" }, h("b", {}, inZone(s.now, s.like).slice(11, 16)), h("small", {}, say.till[lang] + " " + v.terminal)),
    tongue(s, do_));
}

export function tongue(s, do_) {
  return h("i", { class: "tab tongue", name: "language", do: do_.tongue }, say.other[s.lang], h("small", {}, "F10"));
}

export function banner(s) {
  return s.view.practice ? h("div", { class: "banner" }, icon("warning"), say.practiceBanner[s.lang], icon("warning")) : null;
}

export function footer(s) {
  const signs = [hub(s), scanner(s), queue(s), lease(s)];
  const unsaid = s.screen === "sale" && !s.shown ? 0 : s.view.warnings.filter((w) => w.code !== "hub_silent" && w.code !== "scanner_unplugged").length;
  if (unsaid > 0) signs[3] = ["warning", say.notices[s.lang], counted.notices(unsaid, s.lang), true];
  return h("footer", {}, signs.map(([sign, head, value, alarm]) => h("div", { class: alarm ? "state alarm" : "state" }, icon(sign),
    h("span", {}, h("small", {}, head), h("b", {}, value)))));
}

const at = (s, instant) => clock(inZone(Date.parse(instant), s.like), inZone(s.now, s.like));

function hub({ view: { hub: line }, lang, ...s }) {
  if (isZero(line.since) && !line.online) return ["cloudoff", say.hub[lang], say.never[lang], true];
  const since = isZero(line.since) ? "" : " · " + counted.since(at(s, line.since), lang);
  return [line.online ? "cloud" : "cloudoff", say.hub[lang], (line.online ? say.online : say.offline)[lang] + since, !line.online];
}

function scanner({ view: { scanners }, lang }) {
  const off = scanners.filter((g) => !g.connected);
  if (off.length > 0) return ["unplugged", say.scanner[lang], scanners.length > 1 ? counted.scanners(off.length, say.notConnected, lang) : say.notConnected[lang], true];
  if (scanners.length === 0) return ["scanner", say.scanner[lang], say.keyboard[lang], false];
  return ["scanner", say.scanner[lang], scanners.length > 1 ? counted.scanners(scanners.length, say.connected, lang) : say.connected[lang], false];
}

function queue({ view: v, lang, ...s }) {
  const since = v.oldest_queued && v.queued > 0 ? " · " + counted.since(at(s, v.oldest_queued), lang) : "";
  return ["queue", say.queue[lang], (v.queued > 0 ? counted.records(v.queued, lang) : say.none[lang]) + since, false];
}

function lease({ view: v, lang, ...s }) {
  if (v.lease.count === 0) return ["lease", say.lease[lang], say.none[lang], !v.hub.online];
  const until = v.lease.until ? " " + counted.until(at(s, v.lease.until), lang) : "";
  return ["lease", say.lease[lang] + until, counted.records(v.lease.count, lang) + " · " + yuan(v.lease.sum_fen, lang).replace(/\.00$/, ""), false];
}

// pad is the right side: what is being typed, and the keypad, which Tab passes by: who has a keyboard has its figures. field: {head, mark, text, ghost, wrong}.
export function pad(s, field, do_) {
  const key = (k) => h("i", { class: "key", tabindex: "-1", name: "key" + k, do: () => do_.keys(k) }, k);
  return h("aside", {},
    h("div", { class: field.wrong ? "display wrong" : "display" }, h("div", { class: "line" }, h("b", {}, field.head), h("small", {}, field.mark)),
      h("output", { class: field.text.length > 9 ? "long" : "" }, field.text, h("i", { class: "ghost" }, field.ghost || ""))),
    h("div", { class: "keys" }, ["7", "8", "9", "4", "5", "6", "1", "2", "3", "0", "00", "."].map(key),
      h("i", { class: "key word", tabindex: "-1", name: "clear", do: () => do_.key("clear") }, say.clear[s.lang]),
      h("i", { class: "key", tabindex: "-1", name: "back", "aria-label": "backspace", do: () => do_.key("back") }, icon("backspace")),
      h("i", { class: "key word", tabindex: "-1", name: "enter", do: () => do_.key("enter") }, say.enter[s.lang])));
}

// wrongAmount is what is wrong with the amount that is being typed; null when nothing is.
export function wrongAmount(s) {
  if (!s.entry.own || s.entry.closed) return null;
  return { not: say.notAmount, much: say.tooMuch }[read(s.entry.text).wrong] || null;
}

// amount is the pad's field on the screen of the sale.
export function amount(s) {
  const [lang, now] = [s.lang, bill(s)];
  const typed = s.entry.own && !s.entry.closed ? s.entry.text : "";
  if (wrongAmount(s)) return { head: say.bill[lang], mark: say.sources.typed[lang], text: typed, wrong: true };
  const all = yuan(now.bill_fen, lang);
  const mark = now.bill_fen === 0 ? "" : (say.sources[now.source] || say.sources.typed)[lang];
  const open = s.entry.own && !s.entry.closed ? (typed.includes(".") ? 2 - typed.split(".")[1].length : 3) : 0;
  return { head: say.bill[lang], mark, text: all.slice(0, all.length - open), ghost: open > 0 ? all.slice(-open) : "" };
}
