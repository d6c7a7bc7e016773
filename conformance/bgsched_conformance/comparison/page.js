"use strict";

{
  const table = document.querySelector(".matrix table");
  const rows = [...table.querySelectorAll("tbody tr[data-search]")];
  const differing = document.getElementById("differing");
  const search = document.getElementById("search");
  const matches = document.getElementById("matches");
  const reason = document.getElementById("reason");

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden =
        (differing.checked && !("differs" in row.dataset)) ||
        !words.every((word) => row.dataset.search.includes(word));
      shown += !row.hidden;
    }
    matches.textContent = `${shown} of ${rows.length} clauses`;
  };

  let opener = null;
  const close = () => {
    reason.hidden = true;
    opener?.focus();
  };

  table.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    opener = button;
    const cell = button.closest("td");
    const clause = button.closest("tr").dataset.clause;
    const column = cell ? ` in ${table.tHead.rows[0].cells[cell.cellIndex].innerText}` : "";
    reason.querySelector("h2").textContent = clause + column;
    reason.querySelector("p").textContent = button.title;
    reason.hidden = false;
    reason.querySelector("button").focus();
  });
  reason.querySelector("button").addEventListener("click", close);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !reason.hidden) close();
  });

  differing.addEventListener("change", filter);
  search.addEventListener("input", filter);
  document.getElementById("controls").hidden = false;
  filter();
}
