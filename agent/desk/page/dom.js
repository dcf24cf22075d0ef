// Makes elements and finds what a finger or a key meant. Texts go in as text, never as markup. The page is drawn anew
// after each event, so a button is known by its name and not by its element: a finger that comes down before and goes up
// after such a drawing has pressed it all the same.

const actions = new Map();

// h makes an element; a name and a do make it a button.
export function h(tag, attributes, ...children) {
  const { name, do: act, ...others } = attributes || {};
  const e = document.createElement(act ? "button" : tag);
  for (const [key, value] of Object.entries(others)) if (value !== false && value !== undefined) e.setAttribute(key, value === true ? "" : value);
  if (name) e.dataset.name = name;
  if (act) {
    e.type = "button";
    actions.set(name, act);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return e;
}

// icon is one of the drawings in index.html.
export function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(ns, "svg");
  picture.setAttribute("viewBox", "0 0 96 96");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(ns, "use");
  use.setAttribute("href", "#i-" + name);
  picture.append(use);
  return picture;
}

// draw puts the children in the place of what was there; the scrolling stays where it was, and so does the
// focus, or it goes to what came in the place of its button.
export function draw(root, make) {
  const focused = document.activeElement && document.activeElement.dataset.name;
  const scrolled = new Map(Array.from(root.querySelectorAll("[data-scroll]"), (e) => [e.dataset.scroll, e.scrollTop]));
  actions.clear();
  root.replaceChildren(...[make()].flat());
  for (const e of root.querySelectorAll("[data-scroll]")) e.scrollTop = scrolled.get(e.dataset.scroll) || 0;
  fit(root, ".answer, .prompt");
  const again = focused && Array.from(root.querySelectorAll("[data-name]")).find((e) => e.dataset.name === focused);
  if (again) again.focus();
  else if (focused) focusFoot();
  const chosen = root.querySelector("[aria-selected=true]");
  if (chosen) chosen.scrollIntoView({ block: "nearest" });
}

// fit makes the sentences of an element smaller until all of it is seen.
export function fit(root, selector) {
  for (const e of root.querySelectorAll(selector)) {
    for (let size = 1; size > 0.55 && e.scrollHeight > e.clientHeight + 1; size -= 0.05) e.style.setProperty("--fit", String(size));
  }
}

// focusFoot gives the keyboard to the first thing that can be done with what is on the screen; "no" stands before "yes".
export function focusFoot() {
  const first = document.querySelector(".foot button");
  if (first) first.focus();
}

// focused is what the button under the keyboard's focus does; undefined when there is none.
export function focused() {
  const e = document.activeElement;
  return e && e !== document.body ? actions.get(e.dataset.name) : undefined;
}

const named = (e) => e && e.closest && e.closest("[data-name]");

// fingers hands on what is pressed by touch or mouse: a button's doing, or null for the page beside the buttons.
export function fingers(press) {
  let down = null;
  const nameAt = (e) => {
    const at = named(document.elementFromPoint(e.clientX, e.clientY));
    return at ? at.dataset.name : "";
  };
  document.addEventListener("pointerdown", (e) => { down = e.isPrimary && e.button === 0 ? nameAt(e) : null; });
  document.addEventListener("pointercancel", () => { down = null; });
  document.addEventListener("pointerup", (e) => {
    const [from, to] = [down, nameAt(e)];
    down = null;
    if (from === null || from !== to || e.target instanceof HTMLInputElement) return;
    press(from === "" ? null : () => { const act = actions.get(from); if (act) act(); });
  });
  document.addEventListener("mousedown", (e) => { if (!(e.target instanceof HTMLInputElement)) e.preventDefault(); }); // fingers take no focus
  document.addEventListener("click", (e) => { // a screen reader's, which comes without a pointer
    const at = named(e.target);
    if (e.detail === 0 && at) press(() => { const act = actions.get(at.dataset.name); if (act) act(); });
  });
  document.addEventListener("contextmenu", (e) => e.preventDefault());
}
