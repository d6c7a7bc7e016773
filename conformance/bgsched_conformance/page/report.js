
{
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const search = byId("search");
  const status = byId("matches");
  const openAll = byId("open-all");
  const rows = all(".clause");
  const chapters = all(".chapter").map((section) => ({
    section,
    rows: all(".clause", section),
    link: document.querySelector(`nav a[href="#${section.getAttribute("aria-labelledby")}"]`),
  }));
  const radios = (name) => all(`input[name="${name}"]`);
  const usual = { show: radios("show")[0].value, level: radios("level")[0].value };
  const texts = new Map();

  const chosen = (name) => radios(name).find((radio) => radio.checked).value;
  const choose = (name, value) => {
    const wanted = radios(name).find((radio) => radio.value === value) ?? radios(name)[0];
    wanted.checked = true;
  };
  const textOf = (row) => {
    if (!texts.has(row)) {
      const copy = row.cloneNode(true);
      // Long scripts have so many words in common that they would always be found.
      for (const other of all('button, [data-copy="script"]', copy)) other.remove();
      texts.set(row, copy.textContent.toLowerCase());
    }
    return texts.get(row);
  };
  const visible = () => rows.filter((row) => !row.hidden);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const show = chosen("show");
    const level = chosen("level");
    const matches = (row) =>
      (show === "all" || show === row.dataset.outcome || (show === "attention" && "attention" in row.dataset)) &&
      (level === "any" || level === row.dataset.level) &&
      words.every((word) => textOf(row).includes(word));

    for (const row of rows) row.hidden = !matches(row);
    for (const { section, rows, link } of chapters) {
      const number = rows.filter((row) => !row.hidden).length;
      section.hidden = link.parentElement.hidden = number === 0;
      link.querySelector(".number").textContent = number;
    }
    const number = visible().length;
    status.textContent = `${number} of ${rows.length} ${rows.length === 1 ? "clause" : "clauses"}`;
    byId("none").hidden = number > 0 || rows.length === 0;
    openAll.hidden = number === 0;
    labelOpenAll();
  }

  function labelOpenAll() {
    const closed = visible().some((row) => !row.firstElementChild.open);
    openAll.textContent = closed ? "Open all" : "Close all";
  }

  // The state is kept in the fragment, so that a link leads to the same view.
  function remember() {
    const state = new URLSearchParams();
    for (const name of ["show", "level"]) {
      if (chosen(name) !== usual[name]) state.set(name, chosen(name));
    }
    if (search.value) state.set("q", search.value);
    history.replaceState(null, "", `#${state}`);
  }

  function narrow() {
    filter();
    remember();
  }

  function restore(state) {
    choose("show", state.get("show"));
    choose("level", state.get("level"));
    search.value = state.get("q") ?? "";
    filter();
  }

  function follow() {
    const target = byId(location.hash.slice(1));
    if (!target) {
      restore(new URLSearchParams(location.hash.slice(1)));
      return;
    }
    if (target.closest("[hidden]")) restore(new URLSearchParams({ show: "all" }));
    if (target.matches("summary")) target.parentElement.open = true;
    target.focus();
    target.scrollIntoView();
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not every page may use the clipboard: this one may have come over plain HTTP.
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.className = "unseen";
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      if (!copied) throw new Error("the browser does not copy");
    }
  }

  function addCopyButton(block) {
    const name = block.dataset.copy;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${name}`);
    button.addEventListener("click", async () => {
      let said = "Copied";
      await copy(block.querySelector("pre").textContent).catch(() => (said = "Not copied"));
      button.textContent = said;
      button.focus();
      byId("said").textContent = `${said}: ${name}`;
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    block.prepend(button);
  }

  search.addEventListener("input", narrow);
  byId("filters").addEventListener("change", narrow);
  byId("show-all").addEventListener("click", () => {
    restore(new URLSearchParams({ show: "all" }));
    remember();
    search.focus();
  });
  openAll.addEventListener("click", () => {
    const open = openAll.textContent === "Open all";
    for (const row of visible()) row.firstElementChild.open = open;
    labelOpenAll();
  });
  // `toggle` does not bubble.
  document.addEventListener("toggle", labelOpenAll, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input:not([type=radio]), textarea")) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      narrow();
    }
  });
  byId("save").addEventListener("click", () => {
    const text = JSON.stringify(JSON.parse(byId("report").textContent), null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "report.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  addEventListener("hashchange", follow);

  all("[data-copy]").forEach(addCopyButton);
  byId("filters").hidden = rows.length === 0;
  byId("save").hidden = false;
  filter();
  if (location.hash) follow();
}
