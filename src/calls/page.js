"use strict";
(() => {
  const word = document.getElementById("filter"), bad = document.getElementById("bad"), lane = document.getElementById("lane");
  const count = document.getElementById("count");
  const apply = () => {
    const wanted = word.value.trim().toLowerCase();
    // P2 is one of a thousand, and not P20.
    const isName = /^p\d+$/.test(wanted);
    const has = (text) => (isName ? text.split(" ", 1)[0] === wanted : text.includes(wanted));
    let shown = 0, all = 0;
    for (const item of document.querySelectorAll("[data-find]")) {
      const fits = (!wanted || has(item.dataset.find.toLowerCase())) && (!bad.checked || item.dataset.bad === "1")
        && (!lane.value || !item.dataset.lane || item.dataset.lane === lane.value);
      item.hidden = !fits;
      all += 1;
      shown += fits;
    }
    count.textContent = shown === all ? "" : shown + " of " + all + " rows shown";
  };
  for (const control of [word, bad, lane]) control.addEventListener("input", apply);
  addEventListener("beforeprint", () => document.querySelectorAll("details.facts-of").forEach((box) => { box.open = true; }));
})();
