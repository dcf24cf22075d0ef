// Prints a slip by the browser. Each character gets a cell of its own, two for a hanzi as the desk counts them (ui.Slip),
// so that columns stand under each other whatever fonts this PC has.

export function printSlip(text) {
  const paper = document.getElementById("paper");
  paper.replaceChildren(...text.replace(/\n$/, "").split("\n").map(line));
  window.print();
}

function line(text) {
  const row = document.createElement("div");
  for (const c of Array.from(text)) {
    const cell = document.createElement("span");
    cell.className = wide(c.codePointAt(0)) ? "two" : "one";
    cell.textContent = c;
    row.append(cell);
  }
  return row;
}

const wide = (r) => (r >= 0x1100 && r <= 0x115f) || (r >= 0x2010 && r <= 0xd7a3) || (r >= 0xf900 && r <= 0xfaff) ||
  (r >= 0xfe30 && r <= 0xfe6f) || (r >= 0xff00 && r <= 0xff60) || r >= 0xffe0;
