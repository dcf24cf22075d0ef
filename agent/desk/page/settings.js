// Settings, for the technician, behind the PIN. The PIN is kept only while this screen is open.

import shared from "./shared.js";
import { say } from "./words.js";
import { h, icon } from "./dom.js";
import { play } from "./sound.js";
import { Guide } from "./guide.js";
import { guideScreen } from "./steps.js";

const STEP = 10;
const { limits } = shared;
const steps = { volume: [0, limits.maxVolume], text_size: [limits.minTextSize, limits.maxTextSize] };

export class Settings {
  constructor(door, redraw) {
    Object.assign(this, { door, redraw });
    this.forget();
  }

  // open has the agent look whether a PIN was set meanwhile by its command; the view then says so.
  open() {
    this.forget();
    this.door.ask("GET", "/v1/settings").catch(() => {});
  }

  forget() { Object.assign(this, { pin: "", typing: "", step: "pin", next: "", draft: null, trouble: null, told: null, guide: null }); }

  // trying, stays, hear and writing are the guide's, where it is open.
  trying() { return this.guide !== null && this.guide.trying(); }
  stays(a) { return this.guide !== null && this.guide.stays(a); }
  writing() { return this.guide !== null && this.guide.writing(); }
  hear(scan) { if (this.guide !== null) this.guide.hear(scan); }
  seen(view) { if (this.guide !== null) this.guide.seen(view); }

  typed(c) {
    if (this.guide !== null) return true; // a figure begins no sale there
    if (this.step === "form") return false;
    if (c === "\r") this.enter();
    else if (/^\d$/.test(c)) this.typing = (this.typing + c).slice(0, limits.maxPIN);
    return c !== " " && c !== "\t";
  }

  pasted() {}

  named(key) {
    if (this.guide !== null) return key === "Backspace" || key === "Delete" || key === "back" || key === "clear" ? () => {} : null;
    if (this.step === "form") return null;
    if (key === "Backspace" || key === "back") return () => { this.typing = this.typing.slice(0, -1); };
    return key === "Delete" || key === "clear" ? () => { this.typing = ""; } : null;
  }

  enter() {
    const typed = this.typing;
    if (typed === "") return;
    this.typing = "";
    if (this.step === "pin") this.check(typed);
    else if (this.step === "next") Object.assign(this, { next: typed, step: "again" });
    else if (typed === this.next) this.change(typed);
    else Object.assign(this, { step: "form", trouble: say.pinDiffers, told: null });
  }

  async try(what, told) {
    try {
      await what();
      Object.assign(this, { trouble: null, told });
    } catch (e) {
      Object.assign(this, { trouble: e.text || say.notRead, told: null });
    }
    this.redraw();
  }

  check(pin) {
    return this.try(async () => {
      await this.door.ask("POST", "/v1/pin/check", { pin });
      Object.assign(this, { pin, step: "form", draft: null });
    }, null);
  }

  change(next) {
    this.step = "form";
    return this.try(async () => {
      await this.door.ask("PUT", "/v1/pin", { pin: this.pin, next });
      this.pin = next;
    }, say.pinChanged);
  }

  save() {
    const { pin_set, ...wanted } = this.draft;
    return this.try(async () => { this.draft = await this.door.ask("PUT", "/v1/settings", { pin: this.pin, ...wanted }); }, say.saved);
  }

  field(s) {
    if (this.step === "form") return null;
    return { head: "PIN", mark: "", text: "•".repeat(this.typing.length) };
  }

  draw(s, do_) {
    const lang = s.lang;
    if (this.guide !== null) return guideScreen(this.guide, s, do_, () => { this.guide = null; });
    return h("main", { class: "stage sheet" },
      h("div", { class: "title" }, h("h2", {}, say.settings[lang]), h("i", { class: "choice", name: "to sale", do: () => do_.open("sale") }, say.back[lang])),
      this.trouble && h("p", { class: "trouble" }, this.trouble[lang]), this.told && h("p", { class: "told" }, icon("final"), this.told[lang]),
      !s.view.settings.pin_set ? h("p", { class: "say" }, say.pinNone[lang]) : this.step === "form" ? this.form(s) : this.ask(lang));
  }

  ask(lang) {
    const head = { pin: say.pinAsk, next: say.pinNext, again: say.pinAgain }[this.step];
    return h("div", { class: "prompt" }, icon("risk"), h("h1", { class: "smaller" }, head[lang]), h("p", { class: "say" }, say.pinHow[lang]));
  }

  form(s) {
    const lang = s.lang;
    this.draft = this.draft || { ...s.view.settings };
    const d = this.draft;
    const set = (name, value) => () => { d[name] = value; this.told = null; if (name === "volume") play("FINAL", value); };
    const row = (head, ...buttons) => h("div", { class: "setting" }, h("span", {}, head[lang]), buttons);
    const pick = (name, value, label) => h("i", { class: "choice", name: name + " " + value, "aria-pressed": String(d[name] === value), do: set(name, value) }, (d[name] === value ? "✓ " : "") + label);
    const toggle = (name, head) => row(head, pick(name, true, say.on[lang]), pick(name, false, say.isOff[lang]));
    const turn = (name, by) => h("i", { class: "choice", name: name + (by < 0 ? " less" : " more"), do: set(name, Math.min(Math.max(d[name] + by, steps[name][0]), steps[name][1])) }, by < 0 ? "−" : "+");
    return h("div", { class: "form", "data-scroll": "form" },
      row(say.language, pick("lang", "zh", "中文"), pick("lang", "en", "English")),
      row(say.volume, turn("volume", -STEP), h("b", {}, d.volume + " %"), turn("volume", STEP)),
      row(say.textSize, turn("text_size", -STEP), h("b", {}, d.text_size + " %"), turn("text_size", STEP)),
      toggle("speech", say.speech), toggle("fullscreen", say.fullScreen), toggle("practice", say.mayPractise),
      h("div", { class: "setting" }, h("i", { class: "choice", name: "guide", do: () => { this.guide = new Guide(this.door, this.redraw, this.pin); this.guide.seen(s.view); } }, say.guideOpen[lang]),
        h("i", { class: "choice", name: "pin", do: () => Object.assign(this, { step: "next", typing: "", told: null, trouble: null }) }, say.pinChange[lang]),
        h("i", { class: "choice grave", name: "save", do: () => this.save() }, say.save[lang])));
  }
}
