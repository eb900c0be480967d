// A worker: the theme's search with two things more. A page that bears the very name that was typed
// comes first, and a word that no page has is tried again, one letter off. The name of the theme's
// file changes with its release and comes with the address.
const [QUERY, RESULT] = [2, 3];
const LONGEST = 200; // characters of a query: what is longer would keep the search busy for minutes
let asked;

// Before the theme's own listener, whose answer comes at once.
addEventListener("message", ({ data }) => {
  if (data.type === QUERY) data.data = data.data.slice(0, LONGEST);
  asked = data;
});
importScripts(`javascripts/workers/${location.search.slice(1)}`);

const plain = (html) => html.replace(/<[^>]+>/g, "").toLowerCase();
const names = (item) => [item.title, ...(item.tags ?? [])].map(plain);

// The theme takes the order of the pages for the list, and the scores for the Enter key.
const namesakesFirst = (pages, name) => {
  for (const page of pages) {
    const found = page.filter((item) => names(item).includes(name));
    const rank = found.some((item) => !item.location.includes("#")) ? 2 : found.length ? 1 : 0;
    for (const item of page) item.score += rank * 1e9;
  }
  pages.sort(([a], [b]) => b.score - a.score);
};

const isLost = (word, items) =>
  /^\w{4,}$/.test(word) && (items.length ? items.every((item) => item.terms[word] === false) : true);

const answer = self.postMessage.bind(self);
self.postMessage = (message) => {
  if (message.type === RESULT) {
    const { items } = message.data;
    const words = asked.data.toLowerCase().trim().split(/\s+/);
    const lost = asked.again ? [] : words.filter((word) => isLost(word, items.flat().filter((item) => item.score)));
    if (lost.length) {
      const data = words.map((word) => (lost.includes(word) ? `${word}~` : word)).join(" ");
      dispatchEvent(new MessageEvent("message", { data: { type: QUERY, data, again: true } }));
      return;
    }
    namesakesFirst(items, words.join(" "));
  }
  answer(message);
};
