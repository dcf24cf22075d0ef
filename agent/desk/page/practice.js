// Practice: the same till, which touches nothing.

import shared from "./shared.js";
import { say } from "./words.js";
import { h, icon } from "./dom.js";

const codes = shared.practise;
const tries = [["goodOne", codes.good], ["offlineOne", codes.offline], ["usedOne", codes.used], ["expiredOne", codes.expired], ["damagedOne", codes.damaged]];

export class Practice {
  constructor(door, redraw) { Object.assign(this, { door, redraw, trouble: null }); }

  open() { this.trouble = null; }

  async set(on) {
    try {
      await this.door.ask("PUT", "/v1/practice", { on });
      this.trouble = null;
    } catch (e) {
      this.trouble = e.text || say.notRead;
    }
    this.redraw();
  }

  typed() { return false; }

  named() { return null; }

  draw(s, do_) {
    const [on, lang] = [s.view.practice, s.lang];
    const may = s.view.settings.practice || on;
    return h("main", { class: "stage sheet" },
      h("div", { class: "title" }, h("h2", {}, say.practice[lang]), h("i", { class: "choice", name: "to sale", do: () => do_.open("sale") }, say.back[lang])),
      h("p", { class: "say" }, (may ? say.practiceWhat : say.practiceOff)[lang]),
      this.trouble && h("p", { class: "trouble" }, this.trouble[lang]),
      may && h("i", { class: "choice wide", name: "practise", do: () => this.set(!on) }, icon(on ? "voided" : "scan"), (on ? say.practiceEnd : say.practiceStart)[lang]),
      on && h("p", {}, say.practiceTry[lang]),
      on && h("div", { class: "tries" }, tries.map(([word, code]) => h("i", { class: "choice", name: word, do: () => do_.scan(code) }, say[word][lang]))));
  }
}
