// A box that scrolls sideways must be reachable by keyboard; one that does not needs no tab stop.
// The theme does this for code only. `document$` fires on load and after each instant navigation.
const boxes = () => document.querySelectorAll(".lr-scroll, .md-typeset .arithmatex");

const mark = (box) => {
  if (box.scrollWidth > box.clientWidth + 1) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.querySelector("table") ? "Table, scrolls sideways" : "Formula, scrolls sideways");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
};

const observer = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
document$.subscribe(() => {
  observer.disconnect();
  boxes().forEach((box) => observer.observe(box));
});

// Landmarks of the theme without a name: the pages of a section take the section's, the place of a
// copy button is none.
component$.subscribe(() => {
  for (const list of document.querySelectorAll(".md-nav[aria-labelledby]")) {
    const label = document.getElementById(list.getAttribute("aria-labelledby"));
    if (label.textContent.trim()) continue;
    const name = Object.assign(document.createElement("span"), { className: "lr-unseen" });
    name.textContent = list.querySelector(".md-nav__title").textContent.trim();
    label.append(name);
  }
  for (const place of document.querySelectorAll(".md-code__nav:not([role])")) place.setAttribute("role", "none");
});

// A table in a `lr-finder` box can be sorted by its headings and filtered. Columns whose cells hold
// a few words again and again, alone or between commas, get a list to choose from.
const words = (cell) => cell.textContent.trim();
const parts = (cell) => words(cell).split(", ").filter(Boolean);

const finder = (box) => {
  const table = box.querySelector("table");
  if (!table || box.querySelector(".lr-filters")) return;
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const filters = document.createElement("form");
  filters.className = "lr-filters";
  filters.addEventListener("submit", (event) => event.preventDefault());
  const count = document.createElement("p");
  count.className = "lr-count";
  count.setAttribute("role", "status");

  const field = (name, control) => {
    const label = document.createElement("label");
    label.append(name, control);
    filters.append(label);
    control.addEventListener("input", apply);
    return control;
  };
  const chosen = [];
  const apply = () => {
    const text = search.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = chosen.every(([column, list]) => !list.value || parts(row.cells[column]).includes(list.value));
      row.hidden = !(fits && row.textContent.toLowerCase().includes(text));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  const search = field("Words", Object.assign(document.createElement("input"), { type: "search" }));
  heads.forEach((head, column) => {
    const values = [...new Set(rows.flatMap((row) => parts(row.cells[column])))].sort();
    if (values.length > 1 && values.length <= Math.min(16, rows.length / 2)) {
      const list = document.createElement("select");
      list.append(new Option("any", ""), ...values.map((value) => new Option(value, value)));
      chosen.push([column, field(head.textContent, list)]);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lr-sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const order = (a, b) => words(a.cells[column]).localeCompare(words(b.cells[column]), "en", { numeric: true });
      rows.sort((a, b) => (down ? order(b, a) : order(a, b)));
      body.append(...rows);
    });
  });
  table.closest(".lr-scroll").before(filters, count);
  apply();
};

document$.subscribe(() => document.querySelectorAll(".lr-finder").forEach(finder));

// A part that moves is a box with `data-tool`: what stands in it is for readers without scripts. Its
// module is fetched with the first page that has one, and fills the box.
document$.subscribe(() =>
  document.querySelectorAll("[data-tool]").forEach(async (box) => {
    const { mount } = await import(`./tools/${box.dataset.tool}.js`);
    if (!box.dataset.mounted) {
      box.dataset.mounted = "";
      mount(box);
    }
  }),
);
