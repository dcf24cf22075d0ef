// The plain page: the same till as the window, for PCs whose graphics cannot draw one. It decides nothing: all that it
// knows comes from the desk. Here the parts are put together and what people and the desk do becomes events.

import { Door, Line, Refusal } from "./door.js";
import { amount, banner, footer, header, pad, screens, tongue } from "./frame.js";
import { asleep, play, speak, wake } from "./sound.js";
import { away, bill, fold, hasPrinter, printable, start } from "./state.js";
import { big, look, notice, sale, title } from "./sale.js";
import { counted, say, yuan } from "./words.js";
import { draw, fingers, focused, h, icon } from "./dom.js";
import { List } from "./list.js";
import { Practice } from "./practice.js";
import { Settings } from "./settings.js";
import { Shift } from "./shift.js";
import { listen } from "./sink.js";
import { choose, drops, filesIn } from "./picture.js";
import { printSlip } from "./paper.js";
import { narrow, paste, read } from "./entry.js";

// arrival takes what came behind the "#" out of the address bar at once, so that no history or picture of the screen
// keeps the token. It lives as long as this tab.
function arrival() {
  const brought = new URLSearchParams(location.hash.slice(1));
  for (const name of ["token", "why"]) if (brought.get(name)) sessionStorage.setItem(name, brought.get(name));
  if (location.hash) history.replaceState(null, "", location.pathname);
  return sessionStorage.getItem("token") || "";
}

class Page {
  constructor(token) {
    this.root = document.getElementById("page");
    this.state = { ...start, now: Date.now(), lang: sessionStorage.getItem("lang") || (navigator.language.startsWith("zh") ? "zh" : "en") };
    this.asksToken = token === "";
    this.tokenTrouble = null;
    this.nogl = sessionStorage.getItem("why") === "nogl";
    this.door = new Door(token);
    this.line = new Line(this.door, (what, e) => this.untaken(what, e));
    const redraw = () => this.draw();
    this.screens = { list: new List(this.door, redraw, (a) => this.voided(a)), shift: new Shift(this.door, redraw), practice: new Practice(this.door, redraw), settings: new Settings(this.door, redraw) };
    this.hands = this.makeHands();
  }

  run() {
    this.after = listen({ scan: (code) => this.scan(code), typed: (c) => this.typed(c), named: (key) => this.named(key) });
    fingers((act) => this.after(() => this.press(act)));
    for (const woken of ["pointerdown", "keydown"]) window.addEventListener(woken, wake, true);
    window.addEventListener("paste", (e) => this.pasted(e));
    drops((files) => this.after(() => this.pictures(files)));
    setInterval(() => this.tick(), 1000);
    this.draw();
    if (!this.asksToken) this.follow();
  }

  follow() {
    this.door.follow((e) => {
      if (e.type === "gone" && e.status === 401) return this.wrongToken(e);
      if (e.type === "heard") return this.heard(e.heard);
      this.do(e.type === "gone" ? e : { type: e.type, view: e.view, answer: e.answer });
      return true;
    });
  }

  // heard is a scan as it came in. Nobody but the technician's guide wants to know.
  heard(scan) {
    if (!this.screens.settings.trying()) return true;
    this.screens.settings.hear(scan);
    this.draw();
    return true;
  }

  wrongToken(e) {
    sessionStorage.removeItem("token");
    Object.assign(this, { asksToken: true, tokenTrouble: e.text });
    this.draw();
    return false;
  }

  // do folds one event into the state, tells the desk what it must know, sounds a new answer, and draws.
  do(e) {
    const [before, { settings }] = [this.state, this.screens];
    if (e.type === "answer" && settings.stays(e.answer)) {
      settings.guide.here(e.answer);
      e = { type: "here", answer: e.answer };
    }
    this.state = fold({ ...before, trying: settings.trying() }, e);
    const s = this.state;
    if (before.view === null && s.view !== null && !sessionStorage.getItem("lang")) s.lang = s.view.settings.lang || s.lang;
    const now = bill(s);
    if (["pressed", "pasted", "escaped", "no bill"].includes(e.type) && s.entry.own && now.bill_fen !== bill(before).bill_fen) {
      this.line.add({ what: "bill", method: "PUT", path: "/v1/bill", body: now });
    }
    if (before.screen === "settings" && s.screen !== "settings") settings.forget();
    if (e.type === "view") settings.seen(s.view);
    if (s.undoing !== "" && s.undoing !== before.undoing) this.undo(s.undoing);
    if (s.count !== before.count) this.sound(s.shown);
    this.draw();
  }

  sound(a) {
    const { volume, speech } = this.state.view.settings;
    play(a.answer, volume, a.practice);
    const sum = a.answer !== "SCAN_AGAIN" && a.bill_fen > 0 ? (this.state.lang === "zh" ? "，" : ", ") + say.pay[this.state.lang] + " " + yuan(a.pay_fen, this.state.lang) : "";
    if (speech) speak(title(a)[this.state.lang] + sum, this.state.lang, volume);
  }

  scan(code) {
    if (this.asksToken) return;
    this.do({ type: "scanned" });
    this.line.add({ what: "scan", method: "POST", path: "/v1/scans", body: { text: code === null ? "" : code } });
  }

  // pictures takes the one picture that was given; of several none, for each might redeem.
  pictures(files) {
    if (this.asksToken || files.length === 0) return;
    this.do({ type: "scanned" });
    if (files.length > 1) return this.do({ type: "untaken", what: "pictures", text: say.onePicture });
    this.line.add({ what: "picture", method: "POST", path: "/v1/pictures", body: files[0] });
  }

  async undo(id) {
    try {
      this.do({ type: "undone", answer: await this.door.ask("POST", "/v1/redemptions/" + encodeURIComponent(id) + "/void") });
    } catch (e) {
      this.untaken("undo", e);
    }
  }

  // voided is the answer to a void from the list; the same sale must not go on standing as good on the sale's screen.
  voided(a) {
    const shown = this.state.shown;
    if (shown && shown.redemption === a.redemption) this.state = { ...this.state, shown: a, last: a };
  }

  untaken(what, e) {
    const words = what === "picture" && e instanceof Refusal ? { zh: "", en: "" } : { bill: say.billTrouble, scan: say.scanTrouble, picture: say.pictureTrouble, undo: e instanceof Refusal ? say.undoRefused : say.undoTrouble }[what];
    const text = e instanceof Refusal ? { zh: e.text.zh + words.zh, en: (e.text.en + " " + words.en).trim() } : words;
    this.do({ type: "untaken", what, text });
  }

  screen() { return this.screens[this.state.screen]; }

  // typed is one character of a person. A screen that has no use for a figure gives way to the next sale.
  typed(c) {
    if (this.asksToken || c === "\t") return;
    const act = c === "\r" || c === " " ? focused() : undefined;
    if (act) this.press(act);
    else if (this.screen() && this.screen().typed(narrow(c))) this.draw();
    else if (c === "\r") this.do({ type: "touched" });
    else if (c !== " ") this.do({ type: "pressed", key: narrow(c) });
  }

  // named gives what a key with a name does, or null for those that mean nothing here.
  named(key) {
    const [found] = screens.filter(([, k]) => k === key);
    if (this.asksToken) return key === "F10" ? this.hands.tongue : null;
    if (found) return () => this.hands.open(found[0]);
    if (key === "F10") return this.hands.tongue;
    if (key === "F4") return this.hands.last;
    if (key === "F6") return () => { if (this.slip() !== "") this.print(this.slip()); };
    if (key === "Escape") return () => { if (document.activeElement) document.activeElement.blur(); this.do({ type: "escaped" }); };
    const own = this.screen() && this.screen().named(key);
    if (own) return () => { own(); this.draw(); };
    const word = { Backspace: "back", Delete: "clear" }[key];
    return word ? () => this.do({ type: "pressed", key: word }) : null;
  }

  press(act) {
    if (this.screens.settings.writing()) document.activeElement.blur();
    if (act) act();
    else if (this.state.screen === "sale" && !this.asksToken) this.state = fold(this.state, { type: "touched" });
    this.draw();
  }

  pasted(e) {
    if (this.asksToken || this.screens.settings.writing()) return; // programs that copy a name put a picture of it beside it
    const files = filesIn(e.clipboardData || window.clipboardData);
    if (files.length > 0) return this.pictures(files);
    const text = (e.clipboardData || window.clipboardData).getData("text");
    if (this.screen() && this.screen().pasted) this.screen().pasted(text);
    else if (read(paste(text).text).wrong) this.do({ type: "untaken", what: "paste", text: say.pasteBad });
    else this.do({ type: "pasted", text });
    this.draw();
  }

  makeHands() {
    return {
      open: (screen) => {
        this.do({ type: "screen", screen });
        if (this.screen()) this.screen().open(this.state);
        this.draw();
      },
      tongue: () => {
        const lang = this.state.lang === "zh" ? "en" : "zh";
        sessionStorage.setItem("lang", lang);
        this.do({ type: "language", lang });
      },
      undo: (step) => this.do({ type: "undo", step }),
      recall: () => this.do({ type: "recall" }),
      last: () => { // once brings the last answer back, twice asks whether to void it
        const s = this.state;
        if (s.screen === "sale" && s.shown !== null && s.shown === s.last) return this.do({ type: "undo", step: "asked" });
        this.do({ type: "screen", screen: "sale" });
        this.do({ type: "recall" });
      },
      read: () => this.do({ type: "read" }),
      noBill: () => this.do({ type: "no bill" }),
      scan: (code) => this.scan(code),
      picture: () => choose((files) => this.pictures(files)),
      print: (id) => this.print(id),
      keys: (text) => { for (const c of text) this.typed(c); },
      key: (key) => this.padKey(key),
    };
  }

  padKey(key) {
    const own = this.screen() && this.screen().named(key);
    if (own) own();
    else if (key !== "enter") this.do({ type: "pressed", key });
    else if (!this.screen() || !this.screen().typed("\r")) this.do({ type: "touched" });
    this.draw();
  }

  // print has the till's printer print a slip, or the browser where there is none. Nothing waits for it.
  print(id) { return hasPrinter(this.state) ? this.toPrinter(id) : this.byBrowser(id); }

  async toPrinter(id) {
    if (this.state.printing !== "") return;
    this.do({ type: "printing", id });
    try {
      await this.door.ask("POST", "/v1/redemptions/" + encodeURIComponent(id) + "/print");
      this.do({ type: "printed", id });
    } catch (e) {
      const text = e instanceof Refusal ? e.text : say.printTrouble;
      const here = this.slip() === id;
      this.do({ type: "unprinted", text: here ? text : { zh: "小票 " + id + "：" + text.zh, en: "Slip " + id + ": " + text.en } });
    }
  }

  // slip is the redemption that is looked at and has a slip; "" for none.
  slip() {
    const s = this.state;
    const a = s.screen === "list" ? this.screens.list.looked() : s.screen === "sale" ? s.shown : null;
    return a && printable(s, a) && s.undo === "" && this.screens.list.asked === "" ? a.redemption : "";
  }

  async byBrowser(id) {
    try {
      printSlip(await this.door.text("/v1/redemptions/" + encodeURIComponent(id) + "/slip?width=42&lang=" + this.state.lang));
    } catch (e) {
      this.do({ type: "untaken", what: "print", text: e.text || say.notRead });
    }
  }

  tick() {
    const before = this.state.now;
    this.state = fold(this.state, { type: "ticked", now: Date.now() });
    if (this.state.gone || Math.floor(before / 60000) !== Math.floor(this.state.now / 60000) || this.wasAsleep !== this.silent()) this.draw();
  }

  silent() { return this.state.view !== null && this.state.view.settings.volume > 0 && asleep(); }

  draw() {
    const s = this.state;
    if (this.screens.settings.writing() && s.screen === "settings" && !away(s)) return; // it is drawn when he has written
    this.wasAsleep = this.silent();
    document.documentElement.lang = s.lang === "zh" ? "zh-CN" : "en";
    document.documentElement.style.setProperty("--say", String((s.view ? s.view.settings.text_size || 100 : 100) / 100));
    document.body.className = this.look();
    if (this.asksToken && this.root.querySelector("input") && !this.redrawToken()) return;
    draw(this.root, () => (this.asksToken ? this.token() : away(s) || s.view === null ? this.gone() : this.whole()));
  }

  look() {
    const s = this.state;
    if (this.asksToken || away(s) || s.view === null) return "away";
    if (s.screen !== "sale") return "idle";
    return s.shown ? look(s.shown) : s.view.busy ? "waiting" : "idle";
  }

  whole() {
    const [s, screen] = [this.state, this.screen()];
    const stage = screen ? screen.draw(s, this.hands) : sale(s, this.hands);
    if (this.nogl && (screen || !s.shown)) stage.append(notice("warning", "caution", say.nogl[s.lang], "", say.noted[s.lang], { name: "nogl", do: () => { this.nogl = false; sessionStorage.removeItem("why"); } }));
    if (this.wasAsleep) stage.append(h("p", { class: "quiet" }, say.quiet[s.lang]));
    return [header(s, this.hands), banner(s), h("div", { class: "body" }, stage, pad(s, (screen && screen.field && screen.field(s)) || amount(s), this.hands)), footer(s)].filter(Boolean);
  }

  // gone: no agent, no keypad: an amount typed now would go nowhere.
  gone() {
    const { lang, gone, now } = this.state;
    const head = gone ? gone.text : say.connecting;
    const note = say.retrying[lang] + (gone ? " · " + counted.away(Math.floor((now - gone.since) / 1000), lang) : "");
    return h("main", { class: "alone" }, tongue(this.state, this.hands), big("unplugged", head[lang], (gone ? gone.next : say.connectingHow)[lang]), h("div", { class: "bar" }), h("p", { class: "hint" }, note));
  }

  redrawToken() { return this.tokenDrawn !== this.state.lang + (this.tokenTrouble ? this.tokenTrouble.en : ""); }

  token() {
    const lang = this.state.lang;
    this.tokenDrawn = lang + (this.tokenTrouble ? this.tokenTrouble.en : "");
    const field = h("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", "aria-label": say.tokenAsk[lang] });
    const use = () => {
      if (field.value.trim() === "") return;
      sessionStorage.setItem("token", field.value.trim());
      location.reload();
    };
    field.addEventListener("keydown", (e) => { if (e.key === "Enter") use(); });
    return h("main", { class: "alone" }, tongue(this.state, this.hands), icon("risk"), h("h1", {}, say.tokenAsk[lang]),
      this.tokenTrouble && h("p", { class: "trouble" }, this.tokenTrouble[lang]),
      h("p", { class: "say" }, say.tokenWhere[lang]), field, h("i", { class: "choice wide", name: "use token", do: use }, say.tokenUse[lang]));
  }
}

new Page(arrival()).run();
