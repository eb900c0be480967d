// The plane as a network divides it, and the points it was trained on: SVG, redrawn for any update.

import { element } from "./figure.js";
import { POINTS, score } from "./moons.js";

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, BOTTOM, TOP] = [-1.7, 2.7, -1.2, 1.8];
const SCALE = 100; // pixels a unit
const [WIDE, TALL] = [Math.round((RIGHT - LEFT) * SCALE), Math.round((TOP - BOTTOM) * SCALE)];
const ROW = 2;
const COLUMN = 10;

const drawn = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  return made;
};
const px = (x) => (x - LEFT) * SCALE;
const py = (y) => (TOP - y) * SCALE;

// Where the score is above 0, in strips that overlap; between columns the score is taken as straight.
const region = (p) => {
  let path = "";
  for (let row = 0; row < TALL; row += ROW) {
    const y = TOP - (row + ROW / 2) / SCALE;
    let before = score(p, LEFT, y);
    let from = before > 0 ? 0 : null;
    for (let at = COLUMN; at <= WIDE; at += COLUMN) {
      const now = score(p, LEFT + at / SCALE, y);
      const isEdge = now > 0 !== before > 0;
      const edge = at - (COLUMN * now) / (now - before);
      if (isEdge && now > 0) from = edge;
      if (from !== null && ((isEdge && !(now > 0)) || at === WIDE)) {
        const to = isEdge && !(now > 0) ? edge : WIDE;
        path += `M${from.toFixed(1)} ${row}H${to.toFixed(1)}v${ROW + 0.6}H${from.toFixed(1)}z`;
        from = null;
      }
      before = now;
    }
  }
  return path;
};

export const boundary = () => {
  const side = drawn("path", { class: "lr-boundary__side" });
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", class: "lr-boundary__svg" });
  const words = element("figcaption", {});
  const marks = drawn("g", {});
  svg.append(drawn("rect", { class: "lr-boundary__plane", width: WIDE, height: TALL }), side, marks);
  return {
    element: element("figure", { class: "lr-boundary" }, words, svg),
    show: ({ points, labels }, { parameters, accuracy }, k) => {
      const p = parameters[k];
      side.setAttribute("d", region(p));
      marks.replaceChildren(
        ...Array.from({ length: POINTS }, (_, i) => {
          const [x, y] = [px(points[2 * i]), py(points[2 * i + 1])];
          const isWrong = score(p, points[2 * i], points[2 * i + 1]) > 0 !== labels[i] > 0;
          const type = `lr-boundary__${labels[i] > 0 ? "lower" : "upper"}${isWrong ? " lr-boundary__wrong" : ""}`;
          return labels[i] > 0 ? drawn("circle", { class: type, cx: x, cy: y, r: 5.5 }) : drawn("path", { class: type, d: `M${x} ${y - 6.5}l6.5 11.5h-13z` });
        }),
      );
      const right = `${Math.round(100 * accuracy[k])} % right`;
      words.textContent = `After ${k} update${k === 1 ? "" : "s"}: ${right}`;
      svg.setAttribute("aria-label", `Two half moons of points and the side that the network gives to each. ${words.textContent}.`);
    },
  };
};
