(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); };
  var all = function (query, within) { return Array.prototype.slice.call((within || document).querySelectorAll(query)); };
  var form = byId("filters");

  /* A link to a pair or a print must reach what stands inside closed details. */
  function openAround(node) {
    for (var up = node; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
  }
  function followHash() {
    var target = location.hash.length > 1 && byId(location.hash.slice(1));
    if (target) { openAround(target); target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", followHash);
  followHash();

  var closedBefore = [];
  window.addEventListener("beforeprint", function () {
    closedBefore = all("details.more:not([open])");
    closedBefore.forEach(function (node) { node.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closedBefore.forEach(function (node) { node.open = false; });
  });

  if (!form) { return; }
  var items = all(".item").map(function (node) {
    return { node: node, text: node.textContent.replace(/\s+/g, " ").toLowerCase() };
  });
  var folds = all("details.more, details.unrelated");

  function apply() {
    var pair = byId("f-pair").value, label = byId("f-label").value, least = Number(byId("f-p").value);
    var words = byId("f-text").value.trim().toLowerCase().split(/\s+/), review = byId("f-review").checked;
    var active = Boolean(pair || label || least > 0 || words[0] || review), shown = 0;
    byId("f-out").textContent = least.toFixed(2);
    items.forEach(function (item) {
      var d = item.node.dataset;
      var keep = (!pair || d.pair === pair) && (!label || d.label === label) && Number(d.p) >= least &&
        (!review || d.review === "1") && words.every(function (word) { return item.text.indexOf(word) >= 0; });
      item.node.hidden = !keep;
      shown += keep ? 1 : 0;
    });
    all(".group, details.more, details.unrelated, .event").forEach(function (box) {
      box.hidden = !box.querySelector(".item:not([hidden])");
    });
    folds.forEach(function (fold) {
      if (active && fold.dataset.was === undefined) { fold.dataset.was = fold.open ? "1" : "0"; fold.open = true; }
      if (!active && fold.dataset.was !== undefined) { fold.open = fold.dataset.was === "1"; delete fold.dataset.was; }
    });
    byId("f-count").textContent = active ? shown + " of " + items.length + " pairs on this page" : "";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  form.hidden = false;
  apply();
})();
