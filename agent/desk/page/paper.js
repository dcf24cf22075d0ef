// Prints a slip by the browser. Each character gets a cell of its own, two for all but ASCII as the desk counts them (ui.Slip),
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

const wide = (r) => r > 0x7f;
