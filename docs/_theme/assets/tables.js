// Tables that are sorted by their headings and filtered. A box `lr-finder` holds one table, or several
// with the same columns; what a reader set stands in the address, where Back and a link find it.
// A column whose cells hold a few words again and again, alone or between commas, gets a list.

const NUMBER = /^[~≈<>≤≥±+]?\s*([-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:e[-−+]?\d+)?)\s*(%|[kMBT](?!\w)|million|billion)?/;
const SIZE = { "%": 0.01, k: 1e3, M: 1e6, B: 1e9, T: 1e12, million: 1e6, billion: 1e9 };
const LONGEST = 200; // letters of an address that are taken for words

const words = (cell) => cell.textContent.trim();
const slug = (head) => words(head).toLowerCase().replace(/[^a-z0-9]+/g, "-");

// What a cell is filtered by: its first words if they are bold, else what stands between commas.
const parts = (cell) =>
  cell.firstChild?.nodeName === "STRONG" ? [words(cell.firstChild)] : words(cell).split(", ").filter(Boolean);

// The number that words begin with, of a range the first; NaN if they begin with none.
export const number = (text) => {
  const found = NUMBER.exec(text);
  return found ? Number(found[1].replaceAll(",", "").replaceAll("−", "-")) * (SIZE[found[2]] ?? 1) : NaN;
};

// Numbers before words, what is missing last in both directions.
export const order = (texts, down) => {
  const keys = texts.map((text) => ({ text, number: number(text), missing: /^([-–—−]?|none|n\/a)$/i.test(text) }));
  const numbers = keys.filter((key) => !Number.isNaN(key.number)).length;
  const numeric = 2 * numbers > keys.filter((key) => !key.missing).length;
  const sign = down ? -1 : 1;
  const compare = (a, b) => {
    if (a.missing || b.missing) return a.missing - b.missing;
    const lacks = Number.isNaN(a.number) - Number.isNaN(b.number);
    if (numeric && lacks) return lacks;
    if (numeric && !Number.isNaN(a.number)) return sign * (a.number - b.number);
    return sign * a.text.localeCompare(b.text, "en", { numeric: true });
  };
  return [...keys.keys()].sort((a, b) => compare(keys[a], keys[b]));
};

const finder = (box, place) => {
  const bodies = [...box.querySelectorAll("table")].map((table) => table.tBodies[0]);
  if (!bodies.length || box.querySelector(".lr-finder__controls")) return;
  const heads = bodies.map((body) => [...body.parentElement.tHead.rows[0].cells]);
  const rows = bodies.map((body) => [...body.rows]);
  const all = rows.flat();
  const names = heads[0].map(slug);
  const prefix = place ? `${place + 1}-` : "";
  let sorted = ""; // by which column, with a minus for downwards

  const filters = document.createElement("form");
  filters.className = "lr-filters";
  filters.addEventListener("submit", (event) => event.preventDefault());
  const count = document.createElement("p");
  count.className = "lr-count";
  count.setAttribute("role", "status");
  const controls = document.createElement("div");
  controls.className = "lr-finder__controls";
  controls.append(filters, count);

  const field = (name, control) => {
    const label = document.createElement("label");
    label.append(name, control);
    filters.append(label);
    control.addEventListener("input", () => {
      show();
      remember();
    });
    return control;
  };

  const show = () => {
    const text = search.value.trim().toLowerCase();
    for (const row of all) {
      const fits = lists.every(([column, list]) => !list.value || parts(row.cells[column]).includes(list.value));
      row.hidden = !(fits && row.textContent.toLowerCase().includes(text));
    }
    bodies.forEach((body, i) => {
      const empty = rows[i].every((row) => row.hidden);
      let one = body.closest(".lr-scroll");
      do one.hidden = empty && bodies.length > 1; // with what introduces it
      while ((one = one.previousElementSibling) && !one.matches(".lr-scroll, .lr-finder__controls"));
    });
    count.textContent = `${all.filter((row) => !row.hidden).length} of ${all.length} rows`;
  };

  const sort = () => {
    const down = sorted.startsWith("-");
    const column = names.indexOf(sorted.replace("-", ""));
    bodies.forEach((body, i) => {
      heads[i].forEach((head) => head.removeAttribute("aria-sort"));
      if (column < 0) return;
      heads[i][column].setAttribute("aria-sort", down ? "descending" : "ascending");
      const texts = rows[i].map((row) => row.cells[column].dataset.value ?? words(row.cells[column]));
      body.append(...order(texts, down).map((at) => rows[i][at]));
    });
  };

  const kept = () => [["find", search.value], ["sort", sorted], ...lists.map(([column, list]) => [names[column], list.value])];
  const remember = () => {
    const url = new URL(location.href);
    for (const [name, value] of kept()) {
      if (value) url.searchParams.set(prefix + name, value);
      else url.searchParams.delete(prefix + name);
    }
    history.replaceState(history.state, "", url);
  };

  const search = field("Words", Object.assign(document.createElement("input"), { type: "search", maxLength: LONGEST }));
  const lists = [];
  heads[0].forEach((head, column) => {
    const values = [...new Set(all.flatMap((row) => parts(row.cells[column])))].sort();
    const few = values.length > 1 && values.length <= Math.min(16, all.length / 2);
    if (!few || (values.some((value) => number(value) < 1000))) return; // a number other than a year is no kind
    const list = document.createElement("select");
    list.append(new Option("any", ""), ...values.map((value) => new Option(value, value)));
    lists.push([column, field(words(head), list)]);
  });
  heads.forEach((row) =>
    row.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "lr-sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        sorted = head.getAttribute("aria-sort") === "ascending" ? `-${names[column]}` : names[column];
        sort();
        remember();
      });
    }),
  );

  // An address may say anything: what is no value of a list, or no column, is left out.
  const asked = new URL(location.href).searchParams;
  const value = (name) => (asked.get(prefix + name) ?? "").slice(0, LONGEST);
  search.value = value("find");
  for (const [column, list] of lists) {
    if ([...list.options].some((option) => option.value === value(names[column]))) list.value = value(names[column]);
  }
  sorted = names.includes(value("sort").replace("-", "")) ? value("sort") : "";
  sort();
  show();
  box.prepend(controls);
  box.dataset.ready = "";
};

export const mount = () => document.querySelectorAll(".lr-finder").forEach(finder);
