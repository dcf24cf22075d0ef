// Today's list: every redemption of a day, searched by what is typed, voided after asking, printed.

import { counted, inZone, say, yuan } from "./words.js";
import { focusFoot, h, icon } from "./dom.js";
import { narrow, read } from "./entry.js";
import { accepted } from "./state.js";
import { printButton } from "./sale.js";

const SHOWN = 200; // lines drawn with every key; a day has more seldom
const DAY = 24 * 60 * 60 * 1000;
const signs = { final: "final", provisional: "offline", disputed: "warning", refused: "refused", reversed: "voided", voided: "voided", waiting: "waiting" };

export class List {
  constructor(door, redraw, changed) {
    Object.assign(this, { door, redraw, changed, days: 0, query: "", chosen: "", asked: "", busy: false, lines: null, trouble: null, told: null });
  }

  open(s) {
    Object.assign(this, { query: "", chosen: "", trouble: null, told: null });
    this.load(s, 0);
  }

  // load reads the list of so many days ago. What comes for a day that is no longer looked at is dropped.
  async load(s, days) {
    Object.assign(this, { days, lines: this.days === days ? this.lines : null, asked: "" });
    try {
      const lines = await this.door.ask("GET", "/v1/redemptions?day=" + (days === 0 ? "" : this.day(s)));
      if (this.days === days) this.lines = lines.reverse();
    } catch (e) {
      this.trouble = e.text || say.notRead;
    }
    this.redraw();
  }

  day(s) { return inZone(s.now - this.days * DAY, s.like).slice(0, 10); }

  // found goes by the rule of Matching: the end of a number, or an amount. What was just voided has another sum, and stays.
  found() {
    const sought = Array.from(this.query.trim()).map(narrow).join("").toUpperCase();
    const sum = read(sought.replace(/\.$/, ""));
    const ends = (l) => [l.redemption, l.voucher || "", l.order || ""].some((text) => text.toUpperCase().endsWith(sought));
    const amounts = (l) => sought !== "" && !sum.wrong && (sum.fen === l.bill_fen || sum.fen === l.pay_fen);
    return (this.lines || []).filter((l) => l.redemption === this.chosen || ends(l) || amounts(l));
  }

  typed(c) {
    if (c === " " || c === "\t") return false;
    if (c === "\r") {
      focusFoot();
      return true;
    }
    Object.assign(this, { query: (this.query + c).slice(0, 24), chosen: "", asked: "" });
    return true;
  }

  pasted(text) { this.query = text.trim().slice(0, 24); }

  named(key) {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[key];
    if (move) return () => this.move(move);
    if (key === "Backspace" || key === "back") return () => { this.query = Array.from(this.query).slice(0, -1).join(""); };
    return key === "Delete" || key === "clear" ? () => { this.query = ""; } : null;
  }

  // looked is the chosen line.
  looked() { return this.found().find((l) => l.redemption === this.chosen); }

  move(by) {
    const found = this.found();
    const at = found.findIndex((l) => l.redemption === this.chosen);
    const to = found[at < 0 ? 0 : Math.min(Math.max(at + by, 0), found.length - 1)];
    if (to) Object.assign(this, { chosen: to.redemption, asked: "" });
  }

  async undo(s) {
    const id = this.chosen;
    Object.assign(this, { asked: "", busy: true, trouble: null, told: null });
    this.redraw();
    try {
      const answer = await this.door.ask("POST", "/v1/redemptions/" + encodeURIComponent(id) + "/void");
      this[accepted(answer) ? "told" : "trouble"] = { zh: answer.message.zh + answer.next.zh, en: answer.message.en + " " + answer.next.en };
      this.changed(answer);
    } catch (e) {
      this.trouble = e.text ? { zh: e.text.zh + say.undoRefused.zh, en: e.text.en + " " + say.undoRefused.en } : say.undoTrouble;
    }
    this.busy = false;
    this.load(s, this.days);
  }

  field(s) { return { head: say.search[s.lang], mark: say.searchHow[s.lang], text: this.query }; }

  draw(s, do_) {
    const found = this.found();
    const empty = this.lines === null ? say.connecting : this.lines.length === 0 ? say.noLines : say.noMatch;
    return h("main", { class: "stage sheet" },
      h("div", { class: "title" }, h("h2", {}, say.list[s.lang] + " · " + this.day(s)),
        h("i", { class: "choice", name: "day before", do: () => this.load(s, this.days + 1) }, say.earlierDay[s.lang]),
        this.days > 0 && h("i", { class: "choice", name: "day after", do: () => this.load(s, this.days - 1) }, say.laterDay[s.lang]),
        h("i", { class: "choice", name: "to sale", do: () => do_.open("sale") }, say.back[s.lang])),
      this.trouble && h("p", { class: "trouble" }, this.trouble[s.lang]), s.trouble && h("p", { class: "trouble" }, s.trouble[s.lang]), this.told && h("p", { class: "told" }, icon("voided"), this.told[s.lang]),
      h("div", { class: "lines", role: "listbox", "data-scroll": "lines" },
        found.length === 0 ? h("p", { class: "none" }, empty[s.lang]) : found.slice(0, SHOWN).map((l) => this.line(s, l)),
        found.length > SHOWN && h("p", { class: "none" }, counted.hidden(found.length - SHOWN, s.lang))),
      this.foot(s, do_, this.looked()));
  }

  line(s, l) {
    return h("i", { class: "row", tabindex: "-1", role: "option", "aria-selected": String(l.redemption === this.chosen), name: "line " + l.redemption,
      do: () => Object.assign(this, { chosen: l.redemption, asked: "" }) },
      icon(signs[l.state] || "warning"), h("span", { class: "when" }, l.at.slice(11, 16), h("small", {}, l.redemption)),
      h("span", { class: "what" }, (say.states[l.state] || { zh: l.state, en: l.state })[s.lang], h("small", {}, [l.tier_name ? l.tier_name[s.lang] : l.tier, l.order].filter(Boolean).join(" · "))),
      h("span", { class: "money" }, yuan(l.pay_fen, s.lang), h("small", {}, say.bill[s.lang] + " " + yuan(l.bill_fen, s.lang))));
  }

  foot(s, do_, l) {
    if (this.busy) return h("div", { class: "foot" }, h("b", {}, say.undoing[s.lang]));
    if (!l) return h("div", { class: "foot" }, h("span", { class: "hint" }, say.choose[s.lang]));
    const stands = accepted(l) && (l.state === "final" || l.state === "provisional");
    if (this.asked === l.redemption) {
      return h("div", { class: "foot" }, h("b", { class: "ask" }, say.undoSure[s.lang] + " " + l.redemption),
        h("i", { class: "choice", name: "undo no", do: () => { this.asked = ""; } }, say.undoNo[s.lang]),
        h("i", { class: "choice grave", name: "undo yes", do: () => this.undo(s) }, say.undoYes[s.lang]));
    }
    return h("div", { class: "foot" }, h("span", { class: "hint" }, l.message[s.lang]),
      printButton(s, do_, l),
      stands && h("i", { class: "choice", name: "undo", do: () => { this.asked = l.redemption; } }, say.undo[s.lang]));
  }
}
