// The first thing on the home page: a rate, and the loss it leads to, moved by three sliders.
//
// The loss is exact: the expected loss of gradient descent on a noisy quadratic, by the recursion of
// second moments that lrdecay.lab.quadratic has.
import { element, figure, format } from "./figure.js";
import { shapes, steps, world } from "./hero-data.js";

const NOISES = [0, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3];
const PEAKS = [0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const CONSTANTS = Array.from({ length: 80 }, (_, i) => 0.004 * 475 ** (i / 79)); // up to 1.9: 2 diverges
const NAMES = Object.keys(shapes);

/** The rates of a run. */
export const rates = (shape, peak) => Array.from({ length: steps }, (_, k) => shapes[shape](k, { base_lr: peak }));

/** The expected loss before each update, and after the last. */
export const losses = (lrs, noise) => {
  const { h, c, m, weight } = world;
  const a = Float64Array.from(m);
  const lost = () => a.reduce((sum, each, i) => sum + 0.5 * weight[i] * h[i] * each, 0);
  const curve = [lost()];
  for (const lr of lrs) {
    for (let i = 0; i < a.length; i++) a[i] = (1 - lr * h[i]) ** 2 * a[i] + lr * lr * noise * c[i];
    curve.push(lost());
  }
  return curve;
};

/** The constant rate that ends lowest, and its losses. */
export const best = (noise) => {
  const { h, c, m, weight } = world;
  const end = (lr) =>
    h.reduce((sum, _, i) => {
      const kept = (1 - lr * h[i]) ** 2;
      const stays = kept ** steps; // of where it began; the noise of all updates adds up to a geometric sum
      return sum + 0.5 * weight[i] * h[i] * (stays * m[i] + (lr * lr * noise * c[i] * (1 - stays)) / (1 - kept));
    }, 0);
  const rate = CONSTANTS.reduce((one, other) => (end(other) < end(one) ? other : one));
  return { rate, curve: losses(rates("constant", rate), noise) };
};

const points = (values) => values.map((value, k) => [k, value]);

export function mount(box) {
  const chosen = { peak: PEAKS.indexOf(0.3), shape: NAMES.indexOf("linear"), noise: NOISES.indexOf(1) };
  const lists = { peak: PEAKS, shape: NAMES, noise: NOISES };
  const texts = { peak: "Peak", shape: "Shape", noise: "Noise" };
  const inputs = {};
  const controls = element("div", { class: "lr-hero__sliders" });
  for (const name in lists) {
    const input = element("input", { type: "range", min: 0, max: lists[name].length - 1, id: `lr-hero-${name}`, value: chosen[name] });
    inputs[name] = { input, shown: element("output", { for: input.id }) };
    controls.append(element("div", {}, element("label", { for: input.id }, texts[name]), inputs[name].shown, input));
    input.addEventListener("input", () => {
      chosen[name] = Number(input.value);
      show();
    });
  }
  const x = { label: "updates", domain: [0, steps] };
  const height = matchMedia("(min-width: 45em)").matches ? 270 : 150;
  const rate = figure({ title: "The rate", height, x, y: { label: "learning rate", domain: [0, 1] } });
  const loss = figure({ title: "The loss it leads to", height, x, y: { label: "expected loss", scale: "log", domain: [0.01, 3] } });
  const result = element("p", { class: "lr-hero__result" });
  let constant = null; // the best for this noise

  const show = () => {
    const [peak, shape, noise] = [PEAKS[chosen.peak], NAMES[chosen.shape], NOISES[chosen.noise]];
    if (constant?.noise !== noise) constant = { noise, ...best(noise) };
    const lrs = rates(shape, peak);
    const curve = losses(lrs, noise);
    const [end, other] = [curve.at(-1), constant.curve.at(-1)];
    const away = Math.round(100 * (end / other - 1));
    const than = away === 0 ? "level with" : `${Math.abs(away)} % ${away < 0 ? "below" : "above"}`;
    result.replaceChildren(`Ends at ${format(Number(end.toPrecision(3)))}: `, element("strong", {}, `${than} the best constant rate`), ".");
    rate.update({ series: [{ name: shape, points: [...points(lrs), [steps, shapes[shape](steps, { base_lr: peak })]], colour: 1, dash: 0 }, { name: "best constant", points: [[0, constant.rate], [steps, constant.rate]], colour: 2, dash: 2 }] });
    loss.update({ series: [{ name: shape, points: points(curve), colour: 1, dash: 0 }, { name: "best constant", points: points(constant.curve), colour: 2, dash: 2 }] });
    for (const name in lists) {
      const value = String(lists[name][chosen[name]]);
      inputs[name].shown.textContent = value;
      inputs[name].input.setAttribute("aria-valuetext", `${value}; ${result.textContent}`);
    }
  };
  show();
  box.replaceChildren(controls, result, element("div", { class: "lr-hero__figures" }, rate.element, loss.element));
}
