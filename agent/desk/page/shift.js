// The shift that runs, its closing, and earlier ones: what the drawer must show, and how till and hub compare.

import { clock, inZone, isZero, say, yuan } from "./words.js";
import { h, icon } from "./dom.js";

export class Shift {
  constructor(door, redraw) {
    Object.assign(this, { door, redraw, shift: null, earlier: null, asked: false, trouble: null });
  }

  open() { this.load(); }

  async load() {
    Object.assign(this, { asked: false, earlier: null, trouble: null });
    await this.try(async () => { this.shift = await this.door.ask("GET", "/v1/shift"); }, say.notRead);
  }

  async try(what, otherwise) {
    try {
      await what();
    } catch (e) {
      this.trouble = e.text || otherwise;
    }
    this.redraw();
  }

  // close names the number that the cashier saw, so that two windows close a shift once.
  close() {
    this.asked = false;
    return this.try(async () => { this.shift = await this.door.ask("POST", "/v1/shift/close", { number: this.shift.number }); }, say.closeTrouble);
  }

  list() { return this.try(async () => { this.earlier = await this.door.ask("GET", "/v1/shifts"); }, say.notRead); }

  typed() { return false; }

  named() { return null; }

  draw(s, do_) {
    const body = this.earlier ? this.all(s) : this.shift ? this.one(s, this.shift) : h("p", { class: "none" }, (this.trouble || say.connecting)[s.lang]);
    return h("main", { class: "stage sheet" }, this.title(s, do_), this.trouble && this.shift && h("p", { class: "trouble" }, this.trouble[s.lang]), body, this.foot(s));
  }

  title(s, do_) {
    const head = this.earlier || !this.shift ? say.shift[s.lang]
      : say.shiftNo[s.lang] + " " + this.shift.number + " · " + (this.shift.until ? say.closed : say.running)[s.lang];
    return h("div", { class: "title" }, h("h2", {}, head),
      this.earlier || (this.shift && this.shift.until)
        ? h("i", { class: "choice", name: "this shift", do: () => this.load() }, say.thisShift[s.lang])
        : h("i", { class: "choice", name: "earlier shifts", do: () => this.list() }, say.earlier[s.lang]),
      h("i", { class: "choice", name: "to sale", do: () => do_.open("sale") }, say.back[s.lang]));
  }

  one(s, shift) {
    const row = (head, sum, now, kind) => h("tr", { class: kind || "" }, h("th", {}, head),
      [["count", String], ["bill_fen", (f) => yuan(f, s.lang)], ["face_fen", (f) => yuan(f, s.lang)]].map(([name, say_]) =>
        h("td", {}, say_(sum[name]) + (now && now[name] !== sum[name] ? " → " + say_(now[name]) : ""))));
    const later = shift.later || {}; // a closed shift's sums stay as they were handed over; what changed since stands beside them
    const agree = shift.hub.count === 0 && shift.hub.face_fen === 0;
    return h("div", { class: "report", "data-scroll": "report" },
      h("p", { class: "hint" }, span(s, shift)),
      h("table", {}, h("thead", {}, h("tr", {}, [say.tier, say.count, say.bill, say.face].map((t) => h("th", {}, t[s.lang])))),
        h("tbody", {}, (shift.tiers || []).map((t) => row(t.name[s.lang] || t.tier, t)), row(say.standing[s.lang], shift.standing, later.standing, "total"),
          row(say.isFinal[s.lang], shift.final, later.final), row(say.isProvisional[s.lang], shift.provisional, later.provisional),
          row(say.isVoided[s.lang], shift.voided, later.voided), row(say.isDisputed[s.lang], shift.disputed, later.disputed))),
      h("div", { class: "notice" }, h("span", { class: agree ? "sign final" : "sign caution" }, icon(agree ? "final" : "warning")),
        h("span", { class: "words" }, h("b", {}, shift.hub.message[s.lang]), h("span", {}, shift.hub.next[s.lang]))));
  }

  all(s) {
    if (this.earlier.length === 0) return h("p", { class: "none" }, say.none[s.lang]);
    return h("div", { class: "lines", "data-scroll": "shifts" }, this.earlier.map((shift) =>
      h("i", { class: "row", name: "shift " + shift.number, do: () => Object.assign(this, { shift, earlier: null }) },
        icon("lease"), h("span", { class: "when" }, say.shiftNo[s.lang] + " " + shift.number, h("small", {}, times(s, shift))),
        h("span", { class: "what" }, shift.hub.message[s.lang]),
        h("span", { class: "money" }, yuan(shift.standing.face_fen, s.lang), h("small", {}, say.count[s.lang] + " " + shift.standing.count)))));
  }

  foot(s) {
    if (this.earlier || !this.shift || this.shift.until) return h("div", { class: "foot" });
    if (!this.asked) return h("div", { class: "foot" }, h("span", { class: "hint" }), h("i", { class: "choice", name: "close", do: () => { this.asked = true; } }, say.close[s.lang]));
    return h("div", { class: "foot" }, h("b", { class: "ask" }, say.closeSure[s.lang]),
      h("i", { class: "choice", name: "close no", do: () => { this.asked = false; } }, say.closeNo[s.lang]),
      h("i", { class: "choice grave", name: "close yes", do: () => this.close() }, say.closeYes[s.lang]));
  }
}

function times(s, shift) {
  const at = (t) => (isZero(t) ? "—" : clock(t, inZone(s.now, s.like)));
  return at(shift.from) + " – " + (shift.until ? at(shift.until) : say.running[s.lang]);
}

const span = (s, shift) => times(s, shift) + (shift.first ? " · " + shift.first + " – " + shift.last : "");
