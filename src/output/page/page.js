"use strict";
(() => {
  const tip = document.getElementById("tip");
  const marks = (figure) => figure.marks ??= [...figure.querySelectorAll("[data-tip]")].sort((a, b) => {
    const p = a.getBBox(), q = b.getBBox();
    return p.x + p.width / 2 - q.x - q.width / 2 || p.y - q.y;
  });
  // Titles become texts of ours, which also the keyboard reaches.
  for (const title of document.querySelectorAll("figure svg :is(rect, circle, path) > title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  document.querySelectorAll("figure svg > title").forEach((title) => title.remove());
  const hide = () => {
    tip.style.display = "none";
    document.querySelectorAll(".now").forEach((mark) => mark.classList.remove("now"));
  };
  const show = (mark, x, y) => {
    hide();
    mark.classList.add("now");
    tip.textContent = mark.dataset.tip;
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = Math.max(4, y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18) + "px";
  };
  for (const figure of document.querySelectorAll("figure")) {
    let at = -1;
    figure.addEventListener("pointermove", (event) => {
      const mark = event.target.closest("[data-tip]");
      mark ? show(mark, event.clientX, event.clientY) : hide();
    });
    figure.addEventListener("pointerleave", hide);
    figure.addEventListener("blur", hide);
    figure.addEventListener("keydown", (event) => {
      const all = marks(figure);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (event.key === "Escape") hide();
      if (to === undefined || !all.length) return;
      event.preventDefault();
      at = Math.max(0, Math.min(to, all.length - 1));
      const box = all[at].getBoundingClientRect();
      show(all[at], box.x + box.width / 2, box.y + box.height / 2);
    });
  }

  const numeric = new Set(["int", "long", "real", "decimal", "timespan"]);
  for (const table of document.querySelectorAll("table")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const count = document.getElementById(table.dataset.count);
    const key = (row, at) => {
      const cell = row.cells[at];
      if (cell.classList.contains("null")) return null;
      return numeric.has(heads[at].dataset.type) ? Number(cell.dataset.v ?? cell.textContent) : cell.textContent;
    };
    const sort = (at, direction) => {
      const order = rows.map((row, index) => [key(row, at), index, row]);
      order.sort(([a, i], [b, j]) => {
        if (a === null || b === null) return (a === null) - (b === null) || i - j;
        return direction * (a < b ? -1 : a > b ? 1 : 0) || i - j;
      });
      body.append(...order.map((entry) => entry[2]));
    };
    heads.forEach((head, at) => {
      head.querySelector("button").addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        sort(at, direction);
      });
    });
    // A filter is a part of the text, or for numbers a comparison such as >5.
    const matches = (row, at, wanted) => {
      const compared = numeric.has(heads[at].dataset.type) && wanted.match(/^(<=|>=|<|>|=)\s*(-?[\d.]+(?:e-?\d+)?)$/i);
      if (!compared) return row.cells[at].textContent.toLowerCase().includes(wanted.toLowerCase());
      const value = key(row, at), limit = Number(compared[2]);
      if (value === null) return false;
      return { "<": value < limit, ">": value > limit, "=": value === limit, "<=": value <= limit, ">=": value >= limit }[compared[1]];
    };
    const filter = () => {
      const wanted = heads.map((head) => head.querySelector("input").value.trim());
      let left = 0;
      for (const row of rows) {
        row.hidden = wanted.some((text, at) => text && !matches(row, at, text));
        left += !row.hidden;
      }
      const all = rows.length + (rows.length === 1 ? " row" : " rows");
      count.textContent = left === rows.length ? all : left + " of " + all;
    };
    heads.forEach((head) => head.querySelector("input").addEventListener("input", filter));
    body.addEventListener("click", (event) => {
      if (!String(getSelection())) event.target.closest("td")?.classList.toggle("open");
    });
  }
})();
