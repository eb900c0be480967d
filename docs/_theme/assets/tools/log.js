// The learning rates of a run's own log: CSV, JSON lines, a JSON list, or trainer_state.json. It is read
// in the page and sent nowhere.

const MOST = 2e7; // characters
const STEP = /(^|[/_. -])(global_?)?(step|iter|iteration|update)s?$/i;
const RATE = /(^|[/_. -])(lr|learning_?\s?rate)(?=$|[/_. -])/i;

const table = (content) => {
  const lines = content.split(/\r?\n/).filter((line) => line.trim());
  const mark = ["\t", ";", ","].find((one) => lines[0].includes(one)) ?? ",";
  const cells = (line) => line.split(mark).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
  const names = cells(lines[0]);
  return lines.slice(1).map((line) => Object.fromEntries(cells(line).map((cell, i) => [names[i], cell])));
};

const rows = (content) => {
  if (!/^\s*[[{]/.test(content)) return table(content);
  let data;
  try {
    data = JSON.parse(content);
  } catch {
    return content.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
  }
  const list = data?.log_history ?? data;
  return Array.isArray(list) ? list : [list];
};

/** The points [step, rate] of a log. Throws an Error whose message is a sentence for the reader. */
export const read = (content) => {
  if (content.length > MOST) throw new Error(`The log is longer than ${MOST / 1e6} million characters: give fewer rows of it.`);
  if (!content.trim()) throw new Error("The log is empty.");
  let found;
  try {
    found = rows(content).filter((row) => row && typeof row === "object");
  } catch {
    throw new Error("The log begins like JSON and cannot be read as such, neither whole nor line by line.");
  }
  const names = [...new Set(found.slice(0, 100).flatMap(Object.keys))];
  const step = names.find((name) => STEP.test(name));
  const rate = names.find((name) => RATE.test(name));
  if (!rate) throw new Error(`No column of the log is called lr or learning_rate: it has ${names.slice(0, 8).join(", ").slice(0, 200) || "none"}.`);
  const number = (value) => (value === "" || value === null || value === undefined ? NaN : Number(value));
  const points = found.map((row, i) => [step ? number(row[step]) : i, number(row[rate])]).filter((pair) => pair.every(Number.isFinite));
  if (!points.length) throw new Error(`No row of the log has numbers under ${[step, rate].filter(Boolean).join(" and ").slice(0, 100)}.`);
  return points.sort((one, other) => one[0] - other[0]);
};
