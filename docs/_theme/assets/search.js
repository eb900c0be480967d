// A worker: the theme's search, and a second try for words that no page has, one letter off. The
// name of the theme's file changes with its release and comes with the address.
const [QUERY, RESULT] = [2, 3];
let asked;

// Before the theme's own listener, whose answer comes at once.
addEventListener("message", ({ data }) => (asked = data));
importScripts(`javascripts/workers/${location.search.slice(1)}`);

const answer = self.postMessage.bind(self);
self.postMessage = (message) => {
  const terms = message.type === RESULT ? message.data.items.flat().map((item) => item.terms) : [];
  const isFound = (word) => terms.some((one) => Object.keys(one).some((term) => one[term] && word.includes(term)));
  const isLost = (word) => /^\w{4,}$/.test(word) && !isFound(word) && (!terms.length || word in terms[0]);
  const words = message.type === RESULT ? asked.data.toLowerCase().split(/\s+/) : [];
  if (asked.again || !words.some(isLost)) answer(message);
  else {
    const data = words.map((word) => (isLost(word) ? `${word}~` : word)).join(" ");
    dispatchEvent(new MessageEvent("message", { data: { type: QUERY, data, again: true } }));
  }
};
