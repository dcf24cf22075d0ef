// Older browsers get one sentence. Written so that they can read it.
(function () {
  var able = "noModule" in HTMLScriptElement.prototype && window.PointerEvent && window.AbortController &&
    Element.prototype.replaceChildren && window.CSS && CSS.supports("width", "min(1px, 2px)");
  if (!able) document.getElementById("old").removeAttribute("hidden");
})();
