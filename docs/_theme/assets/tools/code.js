// A schedule as code for a framework, from what `lrdecay.export` prints of its parts, with the reader's
// numbers filled in. Parts that are joined become functions, or classes, that call one another.

import { ITEMS } from "./families.js";
import { JOINS } from "./schedules.js";

export const TARGETS = ["lrdecay", "PyTorch", "transformers", "optax", "Keras"];
const COLUMN = { PyTorch: 0, transformers: 0, optax: 1, Keras: 2 };

const filled = (template, values) => template.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));

// As lrdecay's own calls: joins around what they join.
const inLrdecay = ({ name, values, joins }) => {
  const imports = { ...ITEMS[name].imports };
  const whole = joins.reduce((inner, one) => {
    const { at, decay_steps, final_lr } = one.values;
    if (one.how === "warmup") return filled(ITEMS[one.shape].call, { ...one.values, base_lr: "{}" }).replace("Constant(base_lr={})", () => inner);
    if (one.how === "then") {
      Object.assign(imports, ITEMS[one.name].imports);
      return `Then(${inner}, ${filled(ITEMS[one.name].call, one.more)}, at=${at})`;
    }
    const shape = /shape='[^']*'/.exec(ITEMS[one.shape].call)?.[0] ?? "shape='linear'";
    return `cooldown(${inner}, at=${at}, decay_steps=${decay_steps}, final_lr=${final_lr}, ${shape}).schedule`;
  }, filled(ITEMS[name].call, values));
  for (const { how } of joins) imports[{ warmup: "Warmup", cooldown: "cooldown", then: "Then" }[how]] = "lrdecay";
  const from = Object.groupBy(Object.keys(imports).sort(), (one) => imports[one]);
  const lines = Object.entries(from).map(([module, names]) => `from ${module} import ${names.join(", ")}`);
  return `${lines.join("\n")}\n\nschedule = ${whole}\n`;
};

const hash = (text) => [...text].reduce((sum, sign) => Math.imul(sum ^ sign.charCodeAt(0), 16777619) >>> 0, 2166136261).toString(16);

// What a target calls a part, asks of it, and how two are joined.
const HOW = {
  python: {
    defined: "def lr(k",
    named: (name) => `def ${name}(k`,
    rate: (name, values, step) => `${name}(${[step, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join(", ")})`,
    joined: (name, first, second, at) => `def ${name}(k):\n    return ${first("k")} if k < ${at} else ${second(`k - ${at}`)}\n`,
    last: "lr",
  },
  optax: {
    defined: "def schedule(count",
    named: (name) => `def ${name}(count`,
    rate: (name, values, step) => `${name}(${[step, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join(", ")})`,
    joined: (name, first, second, at) => `def ${name}(count):\n    return jnp.where(count < ${at}, ${first("count")}, ${second(`count - ${at}`)})\n`,
    last: "schedule",
  },
  keras: {
    defined: "class LearningRate(",
    named: (name) => `class ${name}(`,
    rate: (name, values, step) => `${name}(${Object.entries(values).map(([key, value]) => `${key}=${value}`).join(", ")})(${step})`,
    joined: (name, first, second, at) =>
      `@keras.saving.register_keras_serializable("lrdecay", "")\nclass ${name}(keras.optimizers.schedules.LearningRateSchedule):\n    def __call__(self, step):\n` +
      `        step = ops.cast(step, keras.config.floatx())\n        return ops.where(step < ${at}, ${first("step")}, ${second(`step - ${at}`)})\n\n    def get_config(self):\n        return {}\n`,
    last: "LearningRate",
  },
};

const printed = ({ name, values, joins }, column, codes) => {
  const how = [HOW.python, HOW.optax, HOW.keras][column];
  const imports = new Set();
  const blocks = [];
  const add = (item, numbers, called) => {
    const [head, ...body] = filled(codes[ITEMS[item].code][column], numbers).split("\n\n");
    head.split("\n").forEach((line) => /^(import|from) /.test(line) && imports.add(line));
    const rest = imports.size && /^(import|from) /.test(head) ? body.join("\n\n") : [head, ...body].join("\n\n");
    const own = rest.trim().replaceAll(/\bTABLE_(\d+)/g, (all) => `${all}_${blocks.length}`);
    blocks.push(own.replace(how.defined, () => how.named(called)));
    return called;
  };
  const names = (word) => (how === HOW.keras ? word[0].toUpperCase() + word.slice(1) : word);
  let whole = add(name, values, joins.length ? names("part0") : how.last);
  joins.forEach((one, i) => {
    const { at, warmup_steps, start_lr, decay_steps, final_lr } = one.values;
    const called = i === joins.length - 1 ? how.last : names(`joined${i + 1}`);
    const before = (step) => how.rate(inner, {}, step);
    const inner = whole;
    let next;
    if (one.how === "warmup") {
      const ramp = add(one.shape, { warmup_steps, start_lr, base_lr: 0 }, names(`ramp${i + 1}`));
      next = how.joined(called, (step) => how.rate(ramp, { base_lr: before(0) }, step), before, warmup_steps);
    } else if (one.how === "cooldown") {
      const fall = add(one.shape, { base_lr: 0, total_steps: decay_steps, decay_steps, warmup_steps: 0, final_lr }, names(`fall${i + 1}`));
      next = how.joined(called, before, (step) => how.rate(fall, { base_lr: before(at) }, step), at);
    } else {
      const other = add(one.name, one.more, names(`part${i + 1}`));
      next = how.joined(called, before, (step) => how.rate(other, {}, step), at);
    }
    blocks.push(next.trim());
    whole = called;
  });
  // Keras finds a saved class by its name, which no two may share.
  const own = blocks.map((block) => block.replace(/(register_keras_serializable\("lrdecay", )"[^"]*"/, (_, start) => `${start}"LearningRate-${hash(block)}"`));
  return { imports: [...imports], body: own.join("\n\n\n") };
};

/** The code of a schedule for one of TARGETS. */
export const code = async (schedule, target) => {
  if (target === "lrdecay") return inLrdecay(schedule);
  const { CODES, TAILS } = await import("./codes.js");
  const { imports, body } = printed(schedule, COLUMN[target], CODES);
  const tail = TAILS[target] ?? "";
  if (tail) imports.push("from torch.optim.lr_scheduler import LRScheduler");
  return `${imports.join("\n")}\n\n\n${body}\n${tail}`.trimStart();
};
