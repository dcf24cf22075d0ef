// Setting up this till, for the technician: five steps behind the PIN, as in the window. What the desk knows of the lane test
// and of the acceptance comes with its views; nothing is asked for by the clock.

import { h } from "./dom.js";
import { say } from "./words.js";

export const STEPS = ["check", "fit", "try", "lane", "accept"];
const HEARD = 3;           // scans that are shown
const LANE = "lane-test";  // the tier of a voucher that is worth nothing (hub/voucher)

const badness = (f) => ({ ok: 0, warn: 1 }[f.state] === undefined ? 2 : { ok: 0, warn: 1 }[f.state]);

export class Guide {
  constructor(door, redraw, pin) {
    Object.assign(this, { door, redraw, pin, step: "check", trouble: null, told: null, asking: "", findings: null, setup: null, heard: [], works: [], view: null,
      lane: null, code: null, fetching: false, despite: false });
    this.name = this.field(say.guideName, 64);
    this.note = this.field(say.guideNote, 500);
    this.examine();
    this.look();
  }

  // field is a field of the browser's own, so that every input method works in it. It is kept from one drawing to the next.
  field(head, most) {
    const e = h("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: String(most), "aria-label": head.zh + " " + head.en });
    e.addEventListener("keydown", (k) => { if (!k.isComposing && (k.key === "Enter" || k.key === "Escape")) e.blur(); });
    e.addEventListener("blur", () => setTimeout(this.redraw));
    return e;
  }

  // writing tells whether somebody types: a drawing would break his input method off.
  writing() { return [this.name, this.note].includes(document.activeElement); }

  // trying tells whether scans are tried out: they and their answers stay here.
  trying() { return this.step === "try" || this.step === "lane"; }

  // stays tells whether an answer is told here. What is on record of a real voucher never is: whoever stands there has to see it.
  stays(a) { return a.tier === LANE || (this.trying() && a.redemption === ""); }

  here(a) { this.answer = a; }

  go(step) {
    Object.assign(this, { step, trouble: null, told: null, answer: null });
    this.fetch();
  }

  // ask puts one question; take gets what the desk answered.
  async ask(what, method, path, body, take) {
    if (this.asking !== "") return;
    Object.assign(this, { asking: what, trouble: null, told: null });
    this.redraw();
    try {
      take(await this.door.ask(method, path, body));
    } catch (e) {
      this.trouble = this.behindPIN(e, body) || e.text || say.guideTrouble;
      if (what === "sign" && e.status === 409) this.examine(true); // what fails now has to be seen before it can be said to be known
    }
    this.asking = "";
    this.fetch();
    this.redraw();
  }

  // behindPIN: the guide has no place to type a PIN. One that no longer holds was changed elsewhere, and each further try counts as a wrong one.
  behindPIN(e, body) {
    return e.status === 403 && body && body.pin !== undefined && { zh: e.text.zh + say.guidePIN.zh, en: e.text.en + " " + say.guidePIN.en };
  }

  // examine and look may run beside each other: the one takes up to 15 s.
  // again: what is said stays, for it is why this PC is checked again.
  async examine(again) {
    if (this.examining) return;
    Object.assign(this, { examining: true, trouble: again ? this.trouble : null });
    this.redraw();
    try {
      const { findings } = await this.door.ask("GET", "/v1/doctor");
      this.findings = findings.slice().sort((a, b) => badness(b) - badness(a));
      this.despite = false;
    } catch (e) {
      this.trouble = e.text || say.guideTrouble;
    }
    this.examining = false;
    this.redraw();
  }

  look() { return this.ask("look", "GET", "/v1/setup", undefined, (s) => { this.setup = s; }); }

  failing() { return (this.findings || []).filter((f) => badness(f) === 2).map((f) => f.check); }

  // pieces are the devices: those found, and those that are set up and not there.
  pieces() {
    const { found, scanners, printer, display, pass_on } = this.setup;
    const of = (f) => scanners.find((s) => (s.kind || "serial") === f.kind && [f.address, f.path, f.set_up].some((n) => n && (n === s.path || n === s.name)));
    const rank = (p) => (p.set ? 2 : p.likely ? 1 : 0);
    const all = found.map((f, i) => ({ ...f, i, scanner: of(f), set: Boolean(f.set_up || of(f)), there: true })).sort((a, b) => rank(b) - rank(a) || a.i - b.i);
    for (const s of scanners) if (!all.some((p) => p.scanner === s)) all.push({ kind: s.kind || "serial", address: s.path, name: s.name, scanner: s, set: true });
    if (printer && !all.some((p) => p.kind === "printer" && p.set)) all.push({ kind: "printer", address: printer.to, set: true });
    if (display) all.push({ kind: "display", address: display.from, set: true, fixed: true });
    if (pass_on) all.push({ kind: "pass_on", address: pass_on.to, set: true, fixed: true });
    return all;
  }

  // fit sets a device up, or takes it away; the parts that are not sent stay as they are.
  fit(p) {
    const body = { pin: this.pin };
    if (p.fixed) return Object.assign(this, { trouble: { zh: say.guideInFile.zh + this.setup.file, en: say.guideInFile.en + this.setup.file } });
    if (p.kind === "printer") body.printer = p.set ? null : { to: p.address };
    else if (p.set) body.scanners = this.setup.scanners.filter((s) => s !== p.scanner);
    else {
      const one = { kind: p.kind, path: p.address };
      if (p.name && !this.setup.scanners.some((s) => s.name === p.name)) one.name = p.name;
      body.scanners = this.setup.scanners.concat(one);
    }
    return this.ask("fit", "PUT", "/v1/setup", body, (s) => Object.assign(this, { setup: s, told: s.restart ? say.guideKeptLater : say.guideKept }));
  }

  // hear takes a scan; what lies there and is read again and again is one line.
  hear(scan) {
    if (!this.trying()) return;
    const like = (a) => ["device", "kind", "masked", "bytes"].every((k) => a[k] === scan[k]);
    this.heard = [scan].concat(this.heard.length > 0 && like(this.heard[0]) ? this.heard.slice(1) : this.heard).slice(0, HEARD);
    if (scan.kind !== "damaged_scan" && !this.works.includes(scan.device)) this.works = this.works.concat(scan.device);
  }

  seen(view) {
    this.view = view;
    this.fetch();
  }

  // test is the lane test as it stands: a view that is of an older one does not count.
  test() {
    const [own, v] = [this.lane, this.view && this.view.lane];
    if (!v || !v.begun || (own && own.begun && Date.parse(v.begun) < Date.parse(own.begun))) return own || { state: "none", steps: [] };
    return v;
  }

  waits() { return this.test().state === "running" && this.test().steps.some((s) => s.name === "scan" && s.state === "now"); }

  // fetch gets the picture of the code, which no view bears.
  async fetch() {
    if (this.step !== "lane" || !this.waits() || this.fetching || this.asking !== "" || (this.code && this.code.begun === this.test().begun)) return;
    const begun = this.test().begun;
    this.fetching = true;
    try {
      await this.take(await this.door.ask("GET", "/v1/lane"), begun);
    } catch (e) {
      this.trouble = e.text || say.guideTrouble;
    }
    this.fetching = false;
    this.redraw();
  }

  // take draws the picture on a canvas: the page may load pictures from the desk only, and the desk gives none without the token.
  async take(lane, begun) {
    if (!lane.png) return;
    const bytes = Uint8Array.from(atob(lane.png), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = h("canvas", { width: String(picture.width), height: String(picture.height) });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    this.code = { begun, canvas };
  }

  begin() { this.answer = null; return this.ask("lane", "POST", "/v1/lane", {}, (l) => Object.assign(this, { lane: l, done: null })); } // after another test the till may be accepted anew
  end() { return this.ask("lane", "DELETE", "/v1/lane", {}, (l) => { this.lane = l; }); }

  // slip prints the slip of the test, where there is a printer; its step says when that is done.
  slip() { return this.ask("slip", "POST", "/v1/redemptions/" + encodeURIComponent(this.test().redemption) + "/print", undefined, () => {}); }
  slipWaits() { return Boolean(this.test().redemption) && this.test().steps.some((s) => s.name === "print" && s.state === "now"); }

  sign() {
    const technician = this.name.value.trim();
    this.trouble = !this.test().ready ? say.guideLaneFirst : technician === "" ? say.guideNameFirst : this.failing().length > 0 && !this.despite ? say.guideBadFirst : null;
    if (this.trouble) return undefined;
    return this.ask("sign", "POST", "/v1/lane/accept", { technician, note: this.note.value.trim(), despite: this.failing(), pin: this.pin }, (l) => Object.assign(this, { lane: l, done: l.accepted }));
  }

  // record is the acceptance as it stands.
  record() {
    const now = this.view && this.view.accepted;
    return now && (!this.done || now.record === this.done.record) ? now : this.done;
  }
}
