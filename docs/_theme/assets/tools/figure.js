// A figure of lines that can be moved: SVG, drawn anew from its data at every change.
//
//   import { figure } from "./figure.js";
//   const shown = figure({
//     title: "Rates",                                // its heading, and its name for everyone
//     height: 280,                                   // pixels; it is as wide as its box
//     x: { label: "step", scale: "linear" },         // or "log"; domain: [from, to]; format: (value) => text
//     y: { label: "learning rate", zero: true },     // zero: a linear axis begins at 0 at the latest
//     series: [{ name: "cosine", points: [[0, 0.1], [100, 0]], colour: 1, dash: 0, kind: "line" }],
//     marks: [{ x: 50, label: "half" }],             // a line across at x or y; a ring where both are given
//   });
//   box.append(shown.element);                       // a <figure>
//   shown.update({ series });                        // what is given replaces what was: drawn with the next frame
//
// kind: "line" (the default), "dots", "bars" (from 0, as wide as the first two are apart) or "band"
// (points are [x, low, high]). colour counts from 1 to 6, as in lrdecay/plot.py, and so does dash; a
// series without them takes its place in the list. Points are ordered by x; NaN makes a gap, and so
// does what is not above 0 on a log axis. Names of lines stand at their ends.
//
// The drawing takes the focus: arrow keys, Page Up and Down, Home and End move a cursor, Escape takes
// it away, as do pointer and finger. What it reads is shown below and said once it rests. Behind the
// drawing is a table (`aria-details`). `shown.onCursor = (x) => ...` hears of the cursor (null: gone).
// `shown.svg()` and `shown.csv()` return text, `shown.png()` a promise of a Blob; `save(name, content)`
// hands either to the reader.

const SVG = "http://www.w3.org/2000/svg";
const MOST_POINTS = 400; // of a line, as drawn
const MOST_ROWS = 26; // of the table
const MOST_DECADES = 6; // of a log axis whose domain is not given
const LINE = 15; // pixels from one line of text to the next
const REST = 350; // milliseconds until a cursor counts as resting
let count = 0;

export const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const drawn = (name, attributes, text) => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
};

/** A number as text, to four digits. */
export const format = (value) => {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(Math.max(4, Math.ceil(Math.log10(size))))));
};

export const save = (name, content, type = "text/plain") => {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();
const width = (text) => {
  if (!widths.has(text)) {
    pen.font = "600 12px system-ui, sans-serif";
    widths.set(text, pen.measureText(text).width);
  }
  return widths.get(text);
};

const wrapped = (text, most) => {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && width(longer) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
};

// An axis: from a value to a share of the way along it, and the values that are written on it.
const axis = (options, values, pixels) => {
  const isLog = options.scale === "log";
  const turn = isLog ? Math.log10 : Number;
  const usable = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  let [from, to] = options.domain ?? [Math.min(...usable), Math.max(...usable)];
  if (!(from <= to)) [from, to] = isLog ? [0.1, 1] : [0, 1]; // nothing to show
  if (!options.domain && isLog) from = Math.max(from, to / 10 ** MOST_DECADES);
  if (!options.domain && !isLog && options.zero) [from, to] = [Math.min(from, 0), Math.max(to, 0)];
  if (from === to) [from, to] = isLog ? [from / 2, to * 2] : [from - (Math.abs(from) / 2 || 1) * !options.zero, to + (Math.abs(to) / 2 || 1)];
  const [start, end] = [turn(from), turn(to)];
  const many = Math.max(2, pixels / (options.room ?? 70));
  const rough = (end - start) / many;
  const ticks = [];
  if (isLog && end - start > 1) {
    const every = Math.max(1, Math.ceil(rough));
    for (let power = Math.ceil(start - 1e-9); power <= end + 1e-9; power += every) ticks.push(10 ** power);
  } else {
    const spread = (to - from) / many;
    const unit = 10 ** Math.floor(Math.log10(spread));
    const step = unit * [1, 2, 5, 10].find((times) => times * unit >= spread * 0.999);
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  }
  return { from, to, ticks, format: options.format ?? format, at: (value) => (turn(value) - start) / (end - start), back: (share) => (isLog ? 10 ** (start + share * (end - start)) : start + share * (end - start)) };
};

// Of many points those that a line of a few hundred pixels can show: of each stretch the lowest and
// the highest.
const thinned = (points) => {
  if (points.length <= MOST_POINTS) return points;
  const kept = [points[0]];
  const size = (points.length - 2) / (MOST_POINTS / 2 - 1);
  for (let from = 1; from < points.length - 1; from += size) {
    const part = points.slice(Math.floor(from), Math.max(Math.floor(from) + 1, Math.min(Math.floor(from + size), points.length - 1)));
    let low = part[0];
    let high = part[0];
    for (const point of part) {
      if (!(point[1] >= low[1])) low = point;
      if (point[1] > high[1]) high = point;
    }
    kept.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
  }
  return [...kept, points.at(-1)];
};

// The index of the point nearest to x.
const nearest = (points, x) => {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] > x) high = middle;
    else low = middle;
  }
  return high >= 0 && Math.abs(points[high][0] - x) < Math.abs(points[low][0] - x) ? high : low;
};

export function figure(options) {
  const data = { height: 280, x: {}, y: {}, series: [], marks: [], ...options };
  const id = `lr-figure-${++count}`;
  const title = element("span", { class: "lr-figure__title" }, data.title);
  const svg = drawn("svg", { class: "lr-figure__svg", role: "application", tabindex: 0, "aria-roledescription": "figure", "aria-details": `${id}-table`, height: data.height });
  const reading = element("p", { class: "lr-figure__reading", "aria-hidden": "true" }, data.hint ?? "");
  const said = element("p", { class: "lr-figure__said", "aria-live": "polite" });
  const scroll = element("div", { class: "lr-scroll", role: "group", tabindex: 0, "aria-label": `${data.title}: values` });
  const table = element("details", { class: "lr-figure__table", id: `${id}-table` }, element("summary", {}, "Values as a table"), scroll);
  const root = element("figure", { class: "lr-figure lr-drawing" }, element("figcaption", {}, title), svg, reading, said, table);
  const self = { element: root, onCursor: null };
  let size = 0; // width in pixels
  let cursor = null; // an x
  let frame = null;
  let resting = null;
  let settling = null;
  let plot = null; // the axes and the room of what was drawn last

  const text = (axisOptions, value) => (axisOptions.format ?? format)(value);
  const style = (one, i) => `lr-line-${((one.colour ?? i + 1) - 1) % 6 + 1} lr-dash-${(one.dash ?? one.colour ?? i + 1) % 7}`;
  const values = (point) => (point.length > 2 ? `${text(data.y, point[1])} to ${text(data.y, point[2])}` : text(data.y, point[1]));
  const stops = () => data.series.reduce((most, one) => (one.points.length > most.length ? one.points : most), []);
  const read = (x) =>
    data.series
      .filter((one) => one.points.length && x >= one.points[0][0] - 1e-9 && x <= one.points.at(-1)[0] + 1e-9)
      .map((one) => [one, one.points[nearest(one.points, x)]]);

  const draw = () => {
    frame = null;
    if (!size) return;
    title.textContent = data.title;
    svg.setAttribute("aria-label", `${data.title}. ${data.series.map((one) => one.name).join(", ")}. Arrow keys read values.`);
    svg.setAttribute("viewBox", `0 0 ${size} ${data.height}`);
    const named = data.series.filter((one) => one.name && one.points.length && (one.label ?? data.series.length > 1));
    const labels = named.map((one) => wrapped(one.name, Math.max(60, 0.26 * size)));
    const right = Math.max(14, ...labels.flat().map((line) => width(line) + 14));
    const top = 26;
    const bottom = 38;
    const tall = data.height - top - bottom;
    const all = data.series.flatMap((one) => one.points);
    const y = axis({ room: 44, ...data.y }, [...all.flatMap((point) => point.slice(1)), ...data.series.flatMap((one) => (one.kind === "bars" ? [0] : []))], tall);
    const left = Math.max(...y.ticks.map((tick) => width(y.format(tick)))) + 12;
    const wide = Math.max(40, size - left - right);
    const x = axis(data.x, all.map((point) => point[0]), wide);
    const px = (value) => left + x.at(value) * wide;
    const py = (value) => top + (1 - y.at(value)) * tall;
    plot = { x, left, wide, px, py, top, tall };

    const parts = [];
    for (const tick of y.ticks) {
      parts.push(drawn("line", { class: "lr-figure__grid", x1: left, x2: left + wide, y1: py(tick), y2: py(tick) }));
      parts.push(drawn("text", { class: "lr-figure__tick", x: left - 7, y: py(tick) + 4, "text-anchor": "end" }, y.format(tick)));
    }
    parts.push(drawn("line", { class: "lr-figure__axis", x1: left, x2: left + wide, y1: top + tall, y2: top + tall }));
    let taken = -Infinity; // how far the text on the axis reaches
    for (const tick of x.ticks) {
      const half = width(x.format(tick)) / 2;
      const at = Math.min(px(tick), size - half);
      parts.push(drawn("line", { class: "lr-figure__axis", x1: px(tick), x2: px(tick), y1: top + tall, y2: top + tall + 4 }));
      if (at - half > taken) {
        parts.push(drawn("text", { class: "lr-figure__tick", x: at, y: top + tall + 17, "text-anchor": "middle" }, x.format(tick)));
        taken = at + half + 6;
      }
    }
    parts.push(drawn("text", { class: "lr-figure__label", x: 0, y: 12 }, data.y.label ?? ""));
    parts.push(drawn("text", { class: "lr-figure__label", x: left + wide, y: data.height - 4, "text-anchor": "end" }, data.x.label ?? ""));

    for (const mark of data.marks) {
      const [mx, my] = [mark.x === undefined ? null : px(mark.x), mark.y === undefined ? null : py(mark.y)];
      if (mx !== null && my !== null) parts.push(drawn("circle", { class: "lr-figure__ring", cx: mx, cy: my, r: 5 }));
      else if (mx !== null) parts.push(drawn("line", { class: "lr-figure__mark", x1: mx, x2: mx, y1: top, y2: top + tall }));
      else parts.push(drawn("line", { class: "lr-figure__mark", x1: left, x2: left + wide, y1: my, y2: my }));
      const isLeft = mx === null || mx < left + wide - width(mark.label ?? "") - 8;
      parts.push(drawn("text", { class: "lr-figure__tick", x: (mx ?? left) + (isLeft ? 6 : -6), y: (my ?? top + 12) - (my === null ? 0 : 6), "text-anchor": isLeft ? "start" : "end" }, mark.label ?? ""));
    }

    const clip = drawn("clipPath", { id: `${id}-clip` });
    clip.append(drawn("rect", { x: left - 1, y: top - 2, width: wide + 2, height: tall + 4 }));
    const lines = drawn("g", { "clip-path": `url(#${id}-clip)` });
    const ends = [];
    data.series.forEach((one, i) => {
      const usable = (point) => point.slice(1).every((value) => Number.isFinite(py(value))) && Number.isFinite(px(point[0]));
      const points = one.kind === "bars" || one.kind === "dots" ? one.points.filter(usable) : thinned(one.points);
      const name = style(one, i);
      const place = ([a, b]) => `${px(a).toFixed(1)} ${py(b).toFixed(1)}`;
      if (one.kind === "dots") {
        for (const [a, b] of points) lines.append(drawn("circle", { class: `lr-figure__dot ${name}`, cx: px(a), cy: py(b), r: 2.5 }));
      } else if (one.kind === "bars") {
        const room = points.length > 1 ? px(points[1][0]) - px(points[0][0]) : 12;
        for (const [a, b] of points) lines.append(drawn("rect", { class: `lr-figure__bar ${name}`, x: px(a) - room * 0.45, y: Math.min(py(b), py(0)), width: room * 0.9, height: Math.abs(py(0) - py(b)) }));
      } else if (one.kind === "band") {
        const kept = points.filter(usable);
        const back = kept.toReversed().map((point) => place([point[0], point[2]]));
        if (kept.length) lines.append(drawn("path", { class: `lr-figure__band ${name}`, d: `M${[...kept.map(place), ...back].join("L")}Z` }));
      } else {
        let path = "";
        let isDown = false;
        for (const point of points) {
          const fits = usable(point);
          if (fits) path += `${isDown ? "L" : "M"}${place(point)}`;
          isDown = fits;
        }
        lines.append(drawn("path", { class: `lr-figure__line ${name}`, d: path }));
      }
      const k = named.indexOf(one);
      const last = one.points.findLast(usable);
      if (k >= 0 && last) {
        const [from, to] = [top, top + tall];
        ends.push({ name, lines: labels[k], y: Math.min(to, Math.max(from, py(one.kind === "band" ? (last[1] + last[2]) / 2 : last[1]))), x: Math.min(px(last[0]), left + wide) });
      }
    });
    parts.push(clip, lines);

    // Names at the ends of their lines, pushed apart from the top and then back from the bottom.
    ends.sort((one, other) => one.y - other.y);
    ends.forEach((end, i) => {
      end.tall = end.lines.length * LINE;
      end.top = Math.max(end.y - end.tall / 2, i ? ends[i - 1].top + ends[i - 1].tall : 0);
    });
    for (let i = ends.length - 1, least = top + tall + 6; i >= 0; i--) {
      ends[i].top = Math.min(ends[i].top, least - ends[i].tall);
      least = ends[i].top;
    }
    for (const end of ends) {
      end.lines.forEach((line, i) => parts.push(drawn("text", { class: `lr-figure__name ${end.name}`, x: left + wide + 10, y: end.top + (i + 0.78) * LINE }, line)));
      if (Math.abs(end.top + end.tall / 2 - end.y) > 8) parts.push(drawn("line", { class: `lr-figure__leader ${end.name}`, x1: left + wide + 1, y1: end.y, x2: left + wide + 8, y2: end.top + end.tall / 2 }));
    }

    const found = cursor === null ? [] : read(cursor);
    if (found.length) {
      parts.push(drawn("line", { class: "lr-figure__cursor", x1: px(cursor), x2: px(cursor), y1: top, y2: top + tall }));
      for (const [one, point] of found) {
        const at = py(point[1]);
        if (Number.isFinite(at)) parts.push(drawn("circle", { class: `lr-figure__dot ${style(one, data.series.indexOf(one))}`, cx: px(point[0]), cy: at, r: 3.5 }));
      }
    }
    svg.replaceChildren(...parts);
    const items = found.flatMap(([one, point], i) => [i ? " · " : ": ", element("span", { class: style(one, data.series.indexOf(one)) }, one.name), ` ${values(point)}`]);
    reading.replaceChildren(...(found.length ? [`${data.x.label ?? "x"} ${text(data.x, cursor)}`, ...items] : [data.hint ?? ""]));
  };

  const fill = () => {
    const every = stops();
    const least = Math.min(every.length, MOST_ROWS);
    const rows = Array.from({ length: least }, (_, i) => every[Math.round((i * (every.length - 1)) / Math.max(1, least - 1))][0]);
    const head = element("tr", {}, element("th", { scope: "col" }, data.x.label ?? "x"), ...data.series.map((one) => element("th", { scope: "col" }, one.name ?? data.y.label ?? "y")));
    const body = rows.map((x) => {
      const found = new Map(read(x));
      return element("tr", {}, element("th", { scope: "row" }, text(data.x, x)), ...data.series.map((one) => element("td", {}, found.has(one) ? values(found.get(one)) : "–")));
    });
    scroll.replaceChildren(element("table", { class: "lr-table" }, element("caption", {}, data.title), element("thead", {}, head), element("tbody", {}, ...body)));
  };

  const ask = () => (frame ??= requestAnimationFrame(draw));
  const point = (x) => {
    cursor = x;
    ask();
    self.onCursor?.(x);
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (frame !== null) draw();
      said.textContent = cursor === null ? "" : reading.textContent;
    }, REST);
  };

  svg.addEventListener("keydown", (event) => {
    const list = stops();
    if (!list.length || event.altKey || event.ctrlKey || event.metaKey) return;
    const one = Math.max(1, Math.round(list.length / 100));
    const ten = Math.max(1, Math.round(list.length / 10));
    const by = { ArrowRight: one, ArrowUp: one, ArrowLeft: -one, ArrowDown: -one, PageUp: ten, PageDown: -ten, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") point(null);
    else if (by === undefined) return;
    else {
      const from = cursor === null ? (by < 0 ? list.length : -by) : nearest(list, cursor);
      point(list[Math.min(list.length - 1, Math.max(0, Number.isFinite(by) ? from + by : by))][0]);
    }
    event.preventDefault();
  });
  const follow = (event) => {
    const list = stops();
    if (!plot || !list.length) return;
    const share = ((event.clientX - svg.getBoundingClientRect().left) - plot.left) / plot.wide;
    point(list[nearest(list, plot.x.back(Math.min(1, Math.max(0, share))))][0]);
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerdown", follow);
  svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && document.activeElement !== svg && point(null));
  svg.addEventListener("blur", () => point(null));
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === size) return;
    size = entry.contentRect.width;
    ask();
  }).observe(svg);

  self.update = (changed) => {
    Object.assign(data, changed);
    ask();
    clearTimeout(settling);
    settling = setTimeout(fill, REST); // a table is not read while a slider is dragged
  };
  self.csv = () => {
    const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const line = (cells) => cells.map((cell) => quoted(String(cell))).join(",");
    const rows = data.series.flatMap((one) => one.points.map((each) => line([one.name ?? "", ...each])));
    return `${line(["series", data.x.label ?? "x", data.y.label ?? "y"])}\n${rows.join("\n")}\n`;
  };
  // As a file of its own: with the colours and letters that the page gives it.
  self.svg = () => {
    if (frame !== null) draw();
    const copy = svg.cloneNode(true);
    const own = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((part, i) => {
      const given = getComputedStyle(own[i]);
      for (const key of ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "paint-order", "font-family", "font-size", "font-weight"]) part.setAttribute(key, given.getPropertyValue(key));
      part.removeAttribute("class");
    });
    for (const key of ["tabindex", "aria-details", "aria-roledescription"]) copy.removeAttribute(key);
    copy.setAttribute("role", "img");
    copy.setAttribute("width", size);
    copy.prepend(drawn("title", {}, data.title), drawn("rect", { width: size, height: data.height, fill: getComputedStyle(root).getPropertyValue("--lr-paper") }));
    return new XMLSerializer().serializeToString(copy);
  };
  self.png = async (scale = 2) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(self.svg())}`;
    await image.decode();
    const canvas = element("canvas", { width: Math.round(size * scale), height: data.height * scale });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };
  self.update({});
  return self;
}
