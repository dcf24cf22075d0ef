// Every key of the keyboard goes through here, in any state of the page: no part of the page has keys of its own, so that
// a scanner's typing presses no button and fills no field. What a person typed is handed on character by character.

import { Keys } from "./keys.js";

const SETTLE = 34; // ms between the two looks at a quiet keyboard, so that keys of a stall are heard before the second
const CRLF = 80;   // ms within which a Tab behind a scan is the scanner's

// listen hands on.scan a code (null: it was too long), on.typed a person's character ("\r" and " " too), and asks
// on.named whether a key with a name is known; what it gives back is done. The function that it returns does a thing
// behind all that was typed before: a finger on a button must not cut a scan in two.
export function listen(on) {
  const keys = new Keys();
  let count = 0;
  let behind = [];
  const hand = (heard) => {
    for (const c of Array.from(heard.typed)) on.typed(c);
    for (const code of heard.scans) on.scan(code);
    while (behind.length > 0 && keys.deadline() === null) behind.shift()();
  };
  const watch = () => {
    const deadline = keys.deadline();
    if (deadline === null) return;
    const now = count;
    const quiet = (then) => () => { if (now === count) then(); };
    const look = () => hand(keys.flush(Math.max(deadline, performance.now())));
    setTimeout(quiet(() => setTimeout(quiet(look), SETTLE)), Math.max(0, deadline - performance.now()));
  };
  const hear = (c, at) => {
    count++;
    hand(keys.key(c, at));
    watch();
  };
  const after = (f) => {
    behind.push(f);
    hand({ typed: "", scans: [] });
  };
  const named = (does) => { // no scanner sends such a key: what came before it, and is no scan by then, is a person's
    count++;
    if (!keys.machine()) hand({ typed: keys.release(), scans: [] });
    after(does);
  };
  window.addEventListener("keydown", (e) => foreign(e) || keydown(e, { hear, named, keys, on }), true);
  window.addEventListener("keyup", (e) => foreign(e) || e.preventDefault(), true);
  return after;
}

// foreign are keys that belong to the browser, and those typed into a field of its own (the token's).
function foreign(e) {
  return e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.target instanceof HTMLInputElement;
}

function keydown(e, { hear, named, keys, on }) {
  const at = e.timeStamp || performance.now();
  const does = Array.from(e.key).length === 1 ? null : on.named(e.key);
  if (e.key === "Enter") {
    e.preventDefault();
    if (!e.repeat) hear("\r", at);
  } else if (e.key === "Tab") {
    if (keys.machine() || at - keys.scanned <= CRLF) e.preventDefault(); // a person's Tab moves the focus
    hear("\t", at);
  } else if (Array.from(e.key).length === 1) {
    e.preventDefault();
    hear(e.key, at);
  } else if (does) {
    e.preventDefault();
    named(does);
  }
}
