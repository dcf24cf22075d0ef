// All that the sale shows. fold gives the state after one event; it asks no clock and does nothing itself. What is to be
// sent to the desk is found by comparing two states (main.js). It keeps to ui/cashier.State, which the window lives by.

import { empty, paste, press, read, seen } from "./entry.js";

const MAX_LATER = 99;
const GONE_AFTER = 1000; // ms: a screen that flashes frightens

export const start = {
  lang: "zh", now: 0, like: "", // like: an instant of the desk's, for the campaign's zone
  view: null, gone: null,
  entry: empty,
  shown: null, count: 0, last: null, news: null,
  undo: "", undoing: "", // undo: "", "asked" or "sent"
  later: [], trouble: null,
  printing: "", printed: "", // the redemption whose slip is being printed, and the newest that has been
  screen: "sale",
  trying: false, // scans are tried out in the technician's guide: they and their answers leave it not
};

export const accepted = (a) => a.answer === "FINAL" || a.answer === "PROVISIONAL";
export const good = (a) => !a.voided && a.redemption !== "" && accepted(a);

// A till with a printer puts slips on it; without one the browser prints. A void has a slip, too.
export const hasPrinter = (s) => s.view !== null && (s.view.devices || []).some((d) => d.kind === "printer");
export const printable = (s, a) => a.redemption !== "" && accepted(a) && !a.practice && (!a.voided || hasPrinter(s));

export const away = (s) => s.gone !== null && s.now - s.gone.since >= GONE_AFTER;

// bill is the amount at hand: what is being typed, else the desk's.
export function bill(s) {
  if (s.entry.own) return { bill_fen: read(s.entry.text).fen, source: "typed" };
  return s.view ? s.view.bill : { bill_fen: 0, source: "" };
}

export function fold(s, e) {
  switch (e.type) {
    case "view": return see(s, e.view);
    case "here": return told({ ...s, news: e.answer }, e.answer.at);
    case "no bill": return { ...s, entry: { ...empty, own: true } };
    case "answer": return answer(s, e.answer);
    case "gone": return { ...s, gone: e, now: e.since };
    case "pressed": return s.view && !away(s) ? enter(ready(s), press(s.entry, e.key)) : s;
    case "pasted": return s.view && !away(s) ? enter(ready(s), paste(e.text)) : s;
    case "scanned": return s.trying ? s : { ...ready(s), screen: "sale" };
    case "touched": return touch(s);
    case "escaped": return escape(s);
    case "recall": return s.last ? { ...s, undo: "", trouble: null, shown: s.last } : s;
    case "language": return { ...s, lang: e.lang };
    case "read": return { ...s, later: [] };
    case "undo": return undo(s, e.step);
    case "undone": return undone(s, e.answer);
    case "untaken": return untaken(s, e);
    case "printing": return { ...s, printing: e.id, printed: "", trouble: null };
    case "printed": return { ...s, printing: "", printed: e.id };
    case "unprinted": return { ...s, printing: "", trouble: e.text };
    case "screen": return { ...s, screen: e.screen, trouble: null };
    case "ticked": return { ...s, now: e.now };
  }
  return s;
}

const enter = (s, next) => ({ ...s, screen: "sale", entry: { ...next, agreed: s.entry.agreed && read(next.text).fen === read(s.entry.text).fen } });

// answer fills the stage with a new answer, unless it only tells what became of an earlier sale: the next customer is not
// to be blocked by that.
function answer(s, a) {
  s = told({ ...s, news: a }, a.at);
  if (a.replaced) return tell(s, a);
  const over = s.entry.own && read(s.entry.text).fen === a.bill_fen;
  return show({ ...ready(s), screen: "sale", entry: over ? { ...s.entry, closed: true } : s.entry }, a);
}

const show = (s, a) => ({ ...s, shown: a, last: a, count: s.count + 1 });

// ready puts away the answer and what else was only waiting to be seen. Bad news of earlier sales stays.
const ready = (s) => ({ ...s, shown: null, undo: "", trouble: null, later: s.later.filter((a) => !accepted(a)) });

const tell = (s, a) => ({ ...s, later: s.later.concat(a).slice(-MAX_LATER) });

// told learns the campaign's zone from a time that the desk tells in it.
const told = (s, at) => (at && !at.startsWith("0001-01-01") ? { ...s, like: at } : s);

// see takes a View. The first one after a break may bear an answer that nobody has seen.
function see(s, view) {
  const first = s.view === null;
  const back = s.gone !== null || first;
  const before = first ? { bill: { bill_fen: 0, source: "" }, busy: false } : s.view;
  let next = told(told({ ...s, view, gone: null }, view.oldest_queued), view.lease.until);
  if (view.busy && !before.busy && !s.trying) next = { ...ready(next), screen: "sale" };
  next = { ...next, entry: seen(next.entry, before.bill, view.bill, back) };
  if (!view.last) return next;
  if (first) return told({ ...next, news: view.last, last: view.last }, view.last.at); // who opens the page has no customer yet
  return back && !knows(s, view.last) ? answer(next, view.last) : next;
}

const knows = (s, a) => s.news !== null && s.news.redemption === a.redemption && s.news.at === a.at &&
  s.news.answer === a.answer && Boolean(s.news.replaced) === Boolean(a.replaced);

// touch puts the answer away; while undoing is asked about it only says no, and while it goes on it does nothing.
function touch(s) {
  if (s.undo === "asked") return { ...s, undo: "" };
  return s.undo === "sent" ? s : ready(s);
}

function escape(s) {
  if (s.screen !== "sale") return { ...s, screen: "sale", trouble: null };
  if (s.shown !== null) return ready(s);
  return s.view && !away(s) ? enter(ready(s), press(s.entry, "clear")) : s;
}

function undo(s, step) {
  if (s.shown === null || !good(s.shown) || s.undo === "sent") return s;
  if (step !== "sent") return { ...s, undo: step };
  return s.undo !== "asked" || s.undoing !== "" ? s : { ...s, undo: step, undoing: s.shown.redemption };
}

// undone shows how undoing went, where the sale is still on the screen; else as a line.
function undone(s, a) {
  const mine = s.shown !== null && s.shown.redemption === s.undoing;
  const next = { ...s, undoing: "" };
  return mine ? show(ready(next), a) : tell(next, a);
}

function untaken(s, e) {
  const next = { ...s, trouble: e.text };
  if (e.what === "bill") return { ...next, entry: empty }; // an amount that the desk does not know must not stand there
  return e.what === "undo" ? { ...next, undo: "", undoing: "" } : next;
}
