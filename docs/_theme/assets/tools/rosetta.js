// The Rosetta table, two columns at a time: what a call of one framework is in another, and whether the
// numbers are the same. It reads the table that stands in the page, and folds it away.

const NOTES = { "†": "other rates within the run", "‡": "other rates after its end" };
const slug = (words) => words.toLowerCase().replace(/[^a-z0-9]+/g, "-");
const make = (tag, ...inside) => {
  const element = document.createElement(tag);
  element.append(...inside);
  return element;
};

export const mount = (box) => {
  const whole = box.querySelector(".lr-scroll");
  const names = [...whole.querySelectorAll("thead th")].slice(1).map((head) => head.textContent.trim());
  const families = [...whole.querySelectorAll("tbody tr")].map(({ cells: [family, ...cells] }) => ({ family, cells }));
  const asked = new URL(location.href).searchParams;
  const chosen = (name, otherwise) => {
    const at = names.findIndex((one) => slug(one) === asked.get(name));
    return at < 0 ? names.indexOf(otherwise) : at;
  };
  const shown = { from: chosen("from", "PyTorch"), to: chosen("to", "optax") };
  // What the address names stays.
  const other = names.some((one) => slug(one) === asked.get("to")) ? "from" : "to";
  if (shown.from === shown.to) shown[other] = shown[other] ? 0 : 1;

  const pickers = make("form");
  pickers.className = "lr-pick";
  pickers.addEventListener("submit", (event) => event.preventDefault());
  const lists = {};
  for (const [side, words] of [["from", "From"], ["to", "To"]]) {
    lists[side] = make("select", ...names.map((name, at) => new Option(name, at)));
    pickers.append(make("label", words, lists[side]));
    lists[side].addEventListener("input", () => {
      const other = side === "from" ? "to" : "from";
      const before = shown[side];
      shown[side] = Number(lists[side].value);
      if (shown.from === shown.to) shown[other] = before; // the two change places
      draw();
      const url = new URL(location.href);
      for (const name of ["from", "to"]) url.searchParams.set(name, slug(names[shown[name]]));
      history.replaceState(history.state, "", url);
    });
  }
  const count = make("p");
  count.className = "lr-count";
  count.setAttribute("role", "status");
  const head = make("thead");
  const body = make("tbody");
  const table = make("table", head, body);
  table.className = "lr-table";
  const pair = make("div", table);
  pair.className = "lr-scroll lr-fits lr-rosetta";

  const has = (cell) => cell.textContent.trim() !== "none";
  const mark = (cell) => cell.querySelector("a");
  const code = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("a").forEach((link) => link.remove());
    return make("td", ...copy.childNodes);
  };
  const note = (one, other) => {
    if (!has(other)) return make("td", "no scheduler of its own");
    const marks = [one, other].map(mark);
    if (!marks[0] && !marks[1]) return make("td", "the same rates");
    const cell = make("td");
    cell.className = "lr-differs";
    marks.forEach((link, i) => {
      if (!link) return;
      const words = make("a", `${names[i ? shown.to : shown.from]}: ${NOTES[link.textContent.trim()]}`);
      words.href = link.href;
      cell.append(cell.childNodes.length ? ", " : "", words);
    });
    return cell;
  };

  const draw = () => {
    for (const side of ["from", "to"]) lists[side].value = shown[side];
    const titles = ["Family", names[shown.from], names[shown.to], "The numbers"];
    const heads = titles.map((title) => Object.assign(make("th", title), { scope: "col" }));
    head.replaceChildren(make("tr", ...heads));
    const found = families.filter(({ cells }) => has(cells[shown.from]));
    body.replaceChildren(
      ...found.map(({ family, cells }) => {
        const [one, other] = [cells[shown.from], cells[shown.to]];
        const name = make("th", ...family.cloneNode(true).childNodes);
        name.scope = "row";
        return make("tr", name, code(one), code(other), note(one, other));
      }),
    );
    const both = found.filter(({ cells }) => has(cells[shown.to])).length;
    count.textContent = `${names[shown.from]} has ${found.length} of ${families.length} families, ${names[shown.to]} has ${both} of these.`;
  };

  draw();
  const folded = make("details", make("summary", "The whole table"), whole);
  folded.className = "lr-whole";
  box.replaceChildren(pickers, count, pair, folded);
};
