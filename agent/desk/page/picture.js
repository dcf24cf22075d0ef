// Pictures of vouchers: dropped on the page, pasted, or chosen with the button, which on a phone or tablet may take one. What a picture shows is for
// the desk to say.

// filesIn are the files that came with a drop or a paste.
export function filesIn(transfer) {
  return transfer ? Array.from(transfer.files) : [];
}

// drops hands on the files that are dropped anywhere. Without it the browser would leave the page and show the picture.
export function drops(given) {
  for (const over of ["dragenter", "dragover"]) window.addEventListener(over, (e) => e.preventDefault());
  window.addEventListener("drop", (e) => {
    e.preventDefault();
    given(filesIn(e.dataTransfer));
  });
}

// choose lets a person choose or take a picture. The field is kept until the next time, for some browsers forget one that nobody holds.
let field = null;

export function choose(given) {
  field = document.createElement("input");
  field.type = "file";
  field.accept = "image/*";
  field.addEventListener("change", () => given(Array.from(field.files)));
  field.click();
}
