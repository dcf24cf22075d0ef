// The screen of the sale: what to do, the answer, and what lasts and a person should know.

import { accepted, bill, good, hasPrinter, printable } from "./state.js";
import { clock, counted, inZone, isZero, say, yuan } from "./words.js";
import { h, icon } from "./dom.js";
import { wrongAmount } from "./frame.js";

// looks of an answer: its icon and the colours of the page.
export function look(a) {
  if (a.voided && accepted(a)) return "voided";
  return { FINAL: "final", PROVISIONAL: "offline", SCAN_AGAIN: "again" }[a.answer] || "refused";
}

export function title(a) {
  if (a.voided) return accepted(a) ? say.voided : say.notVoid;
  return say.titles[a.answer] || say.titles.REFUSED;
}

export function sale(s, do_) {
  const lang = s.lang;
  const wrong = wrongAmount(s);
  const lines = [wrong && notice("warning", "caution", wrong[lang], "", null), s.trouble && notice("warning", "caution", s.trouble[lang], "", null), later(s, do_)];
  if (s.shown) return h("main", { class: "stage" }, answer(s, do_), lines);
  if (s.view.busy) return h("main", { class: "stage" }, big("waiting", say.asking[lang], say.askingHow[lang]), h("div", { class: "bar" }), lines);
  const none = bill(s).bill_fen === 0;
  const prompt = none ? big("amount", say.enterFirst[lang], say.enterFirstHow[lang]) : big("scan", say.scanNow[lang], say.scanNowHow[lang], h("i", { class: "choice", name: "picture", do: do_.picture }, say.picture[lang]));
  return h("main", { class: "stage" }, prompt, last(s, do_), warnings(s), lines);
}

export function big(sign, head, how, button) {
  return h("div", { class: "prompt" }, icon(sign), h("h1", {}, head), h("p", { class: "say" }, how), button);
}

// notice is one calm line: a sign, what it is, what to do, and a mark or a button at its end.
export function notice(sign, kind, head, body, mark, button) {
  return h("div", { class: "notice", ...button },
    h("span", { class: "sign " + kind }, icon(sign)),
    h("span", { class: "words" }, h("b", {}, head), body && h("span", {}, body)),
    mark && h("span", { class: "mark" }, mark));
}

function answer(s, do_) {
  const [a, lang] = [s.shown, s.lang];
  const sum = a.answer !== "SCAN_AGAIN" && a.bill_fen > 0;
  const off = accepted(a) && !a.voided ? "  −  " + say.off[lang] + " " + yuan(a.face_fen, lang) : "";
  return h("div", { class: "answer " + look(a), role: "status" },
    h("div", { class: "head" }, icon(look(a)), h("h1", {}, title(a)[lang])),
    sum && h("div", { class: "sum" }, h("span", {}, say.pay[lang]), h("strong", {}, yuan(a.pay_fen, lang)),
      h("small", {}, say.bill[lang] + " " + yuan(a.bill_fen, lang) + off)),
    h("p", { class: "say message" }, a.message[lang]), h("p", { class: "say" }, a.next[lang]),
    a.answer === "PROVISIONAL" && !a.voided && a.risk && h("p", { class: "risk" }, icon("risk"), (say.risk[a.risk] || say.risk.merchant)[lang]),
    foot(s, do_));
}

// foot offers to undo a good sale, after asking, and to print; else it says how to go on.
function foot(s, do_) {
  const [a, lang] = [s.shown, s.lang];
  const trace = [isZero(a.at) ? "" : a.at.slice(11, 19), a.redemption].filter(Boolean).join(" · ");
  const hint = h("span", { class: "hint" }, say.tapAway[lang], h("br"), trace);
  if (!good(a)) return h("div", { class: "foot" }, hint, printButton(s, do_, a));
  if (s.undo === "sent") return h("div", { class: "foot" }, h("b", {}, say.undoing[lang]));
  if (s.undo === "asked") {
    return h("div", { class: "foot" }, h("b", { class: "ask" }, say.undoSure[lang]),
      h("i", { class: "choice", name: "undo no", do: () => do_.undo("") }, say.undoNo[lang]),
      h("i", { class: "choice grave", name: "undo yes", do: () => do_.undo("sent") }, say.undoYes[lang]));
  }
  return h("div", { class: "foot" }, hint,
    printButton(s, do_, a),
    h("i", { class: "choice", name: "undo", do: () => do_.undo("asked") }, say.undo[lang]));
}

// printButton says how far printing has come; null where there is no slip.
export function printButton(s, do_, a) {
  if (!printable(s, a)) return null;
  const word = s.printing === a.redemption ? say.printing : s.printed === a.redemption ? say.printAgain : say.print;
  return h("i", { class: "choice", name: "print", do: () => do_.print(a.redemption) }, icon("printer"), word[s.lang], hasPrinter(s) && h("small", {}, "F6"));
}

// last is the newest answer in one line; a touch brings it back.
function last(s, do_) {
  const [a, lang] = [s.last, s.lang];
  if (!a) return null;
  const sum = a.answer !== "SCAN_AGAIN" && a.bill_fen > 0 ? say.pay[lang] + " " + yuan(a.pay_fen, lang) : "";
  const when = isZero(a.at) ? "" : " " + clock(a.at, inZone(s.now, s.like));
  return notice(look(a), look(a), title(a)[lang], say.last[lang] + when, sum, { name: "last", do: do_.recall });
}

// later tells what became of earlier sales; the worst news goes first, and a touch puts all away.
function later(s, do_) {
  if (s.later.length === 0) return null;
  const bad = s.later.filter((a) => !accepted(a));
  const a = bad.length > 0 ? bad[bad.length - 1] : s.later[s.later.length - 1];
  const many = s.later.length > 1 ? counted.inAll(s.later.length, s.lang) + " · " : "";
  return notice(look(a), look(a), a.message[s.lang], a.next[s.lang], many + say.noted[s.lang], { name: "earlier", do: do_.read });
}

const SHOWN = 3; // warnings written out; more would push the sale from the screen

function warnings(s) {
  const all = s.view.warnings;
  return all.slice(0, SHOWN).map((w, i) => {
    const since = isZero(w.since) ? "" : counted.since(clock(inZone(Date.parse(w.since), s.like), inZone(s.now, s.like)), s.lang);
    const more = i === SHOWN - 1 && all.length > SHOWN ? counted.more(all.length - SHOWN, s.lang) : "";
    return notice("warning", "caution", w.text[s.lang], w.next[s.lang], more || since);
  });
}
