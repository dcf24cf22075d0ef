// Draws the steps of the technician's guide (guide.js). Each sign has a word beside it.

import { bill } from "./state.js";
import { clock, inZone, say, yuan } from "./words.js";
import { h, icon } from "./dom.js";
import { STEPS } from "./guide.js";

const signs = { ok: "final", warn: "warning", fail: "refused", done: "final", failed: "refused", now: "waiting", todo: "offline" };

const line = (sign, word, head, body, button) => h("i", { class: "row", ...button }, h("span", { class: "how" }, icon(sign), word),
  h("span", { class: "what" }, h("b", {}, head), body && h("small", {}, body)));
const button = (name, label, act, grave) => h("i", { class: grave ? "choice grave" : "choice", name: "guide " + name, do: act }, label);

// guideScreen is the whole stage.
export function guideScreen(g, s, do_, leave) {
  const lang = s.lang;
  const at = STEPS.indexOf(g.step);
  const tabs = STEPS.map((step, i) => h("i", { class: "choice step", name: "step " + step, "aria-pressed": String(step === g.step), do: () => g.go(step) }, String(i + 1) + " " + say.guideSteps[step][lang]));
  const back = at === 0 ? leave : () => g.go(STEPS[at - 1]);
  const own = { check: checkStep, fit: fitStep, try: tryStep, lane: laneStep, accept: acceptStep }[g.step](g, s, do_);
  return h("main", { class: "stage sheet" }, h("div", { class: "tabs" }, tabs),
    g.trouble && h("p", { class: "trouble" }, icon("warning"), g.trouble[lang]), g.told && h("p", { class: "told" }, icon("final"), g.told[lang]),
    h("div", { class: "lines", "data-scroll": g.step }, own.lines.flat()),
    h("div", { class: "foot" }, button("back", say.guideBack[lang], back), own.buttons, at < 4 && button("next", say.guideNext[lang], () => g.go(STEPS[at + 1]))));
}

function checkStep(g, { lang }) {
  const lines = (g.findings || []).map((f) => line(signs[f.state] || "refused", (say.guideStates[f.state] || say.guideStates.fail)[lang], f.text[lang], f.next[lang]));
  if (g.examining) lines.unshift(h("p", { class: "none" }, say.guideChecking[lang]), h("div", { class: "bar" }));
  return { lines: g.examining ? lines.slice(0, 2) : lines, buttons: [button("check", say.guideCheckAgain[lang], () => g.examine())] };
}

function fitStep(g, { lang }) {
  const buttons = [button("look", say.guideLookAgain[lang], () => g.look())];
  if (!g.setup) return { lines: [h("p", { class: "none" }, g.asking === "look" ? say.guideLooking[lang] : "")], buttons };
  const lines = g.pieces().map((p, i) => {
    const [sign, word] = p.set ? (p.there || p.fixed ? ["final", say.guideSet] : ["unplugged", say.guideAway]) : p.in_use_by ? ["warning", say.guideBusy] : ["scanner", say.guideNotSet];
    const bare = p.kind === "evdev" && !p.likely && !p.set ? " · " + say.guideBareKeys[lang] : "";
    const user = p.in_use_by && !p.set ? " · " + p.in_use_by : "";
    const does = p.fixed ? say.guideFixed : p.set ? say.guideTakeAway : say.guidePutIn;
    return line(sign, word[lang], say.guideKinds[p.kind][lang] + (p.name ? " · " + p.name : ""), p.address + user + bare + " · " + does[lang], { name: "fit " + i, do: () => g.fit(p) });
  });
  const fixed = g.setup.fixed && h("p", { class: "trouble" }, icon("risk"), g.setup.fixed[lang]);
  return { lines: [fixed, lines.length > 0 ? lines : h("p", { class: "none" }, say.guideNoDevices[lang])], buttons };
}

const device = (name, lang) => (name === "window" ? say.guideTypes[lang] : name);

function tryStep(g, s, do_) {
  const lang = s.lang;
  const amount = bill(s).bill_fen;
  const names = s.view.scanners.map((x) => x.name).concat(g.works.filter((w) => !s.view.scanners.some((x) => x.name === w)));
  const lines = (names.length > 0 ? names : ["window"]).map((n) => (g.works.includes(n) ? line("final", say.guideReads[lang], device(n, lang)) : line("waiting", say.guideNotYet[lang], device(n, lang))));
  for (const x of g.heard) {
    const damaged = x.kind === "damaged_scan";
    const what = x.title && x.title[lang] ? x.title : say.guideHeard[x.kind] || say.guideHeard.other_code;
    lines.push(line(damaged ? "again" : "scan", x.bytes + " " + say.guideBytes[lang], what[lang] + (x.masked ? " · " + x.masked : ""), damaged ? say.guideDamaged[lang] : device(x.device, lang)));
  }
  const free = amount === 0 ? h("p", { class: "say" }, say.guideTry[lang]) : h("p", { class: "trouble" }, icon("warning"), say.guideBill[lang] + " " + yuan(amount, lang));
  return { lines: [free, lines, g.heard.length === 0 && h("p", { class: "hint" }, say.guideNothing[lang])], buttons: [amount !== 0 && button("no bill", say.guideNoBill[lang], do_.noBill)] };
}

function laneStep(g, { lang }) {
  const l = g.test();
  const buttons = [l.state === "running" ? button("end", say.guideEnd[lang], () => g.end()) : button("begin", (l.state === "passed" ? say.guideAgain : say.guideBegin)[lang], () => g.begin(), l.state !== "passed")];
  if (g.slipWaits()) buttons.push(button("slip", say.guideSlip[lang], () => g.slip()));
  if (l.steps.length === 0) return { lines: [h("p", { class: "none" }, say.guideLane[lang])], buttons };
  const said = { passed: ["final", say.guidePassed], failed: ["refused", say.guideOver], ended: ["voided", say.guideEnded] }[l.state];
  const lines = l.steps.map((x) => {
    const other = g.answer && g.answer.tier !== "lane-test" && x.name === "scan" && x.state === "now" ? g.answer.message[lang] + " " + g.answer.next[lang] : x.next[lang];
    return line(signs[x.state], say.guideStep[x.state][lang], x.text[lang], other);
  });
  const code = g.waits() && g.code && g.code.begun === l.begun && h("div", { class: "code" }, g.code.canvas, h("b", {}, say.guideScan[lang]));
  const told = said && h("p", { class: "told" }, icon(said[0]), said[1][lang]);
  return { lines: code ? [h("div", { class: "lane" }, code, h("div", { class: "steps" }, lines))] : [told, lines], buttons };
}

function acceptStep(g, s) {
  const lang = s.lang;
  const record = g.record();
  const day = (r) => clock(inZone(Date.parse(r.at), s.like), "") + " · " + r.technician;
  if (g.done) {
    const [sign, word] = { acked: ["final", say.guideHubHas], rejected: ["refused", say.guideHubNot] }[record.state] || ["waiting", say.guideHubWaits];
    return { lines: [line("final", say.guideAccepted[lang], record.record, day(record)), line(sign, say.hub[lang], word[lang], record.note)], buttons: [] };
  }
  if (g.asking === "sign") return { lines: [h("p", { class: "none" }, say.guideSigning[lang]), h("div", { class: "bar" })], buttons: [] };
  const failing = g.failing();
  const lines = [h("p", { class: "told" }, icon(g.test().ready ? "final" : "warning"), (g.test().ready ? say.guideReady : say.guideLaneFirst)[lang]),
    failing.length > 0 && h("p", { class: "trouble" }, icon("refused"), say.guideBad[lang] + failing.join(", ")),
    h("b", {}, say.guideName[lang]), g.name, h("b", {}, say.guideNote[lang]), g.note, record && h("p", { class: "hint" }, say.guideBefore[lang] + day(record))];
  const despite = failing.length > 0 && button("despite", (g.despite ? "● " : "○ ") + say.guideDespite[lang], () => { g.despite = !g.despite; });
  return { lines, buttons: [despite, button("sign", say.guideSign[lang], () => g.sign(), true)] };
}
