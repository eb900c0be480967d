// Runs before the first paint. The theme would write the like of this into every page; a file of its
// own needs no exception from the Content-Security-Policy.
window.__md_scope = new URL("..", document.currentScript.src);
window.__md_hash = (text) => [...text].reduce((sum, one) => (sum << 5) - sum + one.charCodeAt(0), 0);
window.__md_get = (key, store = localStorage, scope = __md_scope) => JSON.parse(store.getItem(`${scope.pathname}.${key}`));
window.__md_set = (key, value, store = localStorage, scope = __md_scope) => {
  try {
    store.setItem(`${scope.pathname}.${key}`, JSON.stringify(value));
  } catch {} // a full or forbidden store forgets
};

// Colours: those chosen, or those of the system, so that no page flashes.
new MutationObserver((_, watch) => {
  if (!document.body) return;
  watch.disconnect();
  const chosen = __md_get("__palette")?.color;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "slate" : "default";
  const follows = !chosen || chosen.media === "(prefers-color-scheme)";
  document.body.setAttribute("data-md-color-scheme", follows ? dark : chosen.scheme);
}).observe(document.documentElement, { childList: true });

// The theme asks for its search index with every page. That one request waits until the reader turns
// to search, or comes from it.
const turned = new Promise((go) => {
  if (/[?&][qh]=/.test(location.search)) go();
  addEventListener("focusin", ({ target }) => target.matches(".md-search__input") && go());
});
window.XMLHttpRequest = class extends XMLHttpRequest {
  open(method, url, ...rest) {
    this.waits = `${url}`.endsWith("/search/search_index.json");
    super.open(method, url, ...rest);
  }

  send(body) {
    if (this.waits) turned.then(() => super.send(body));
    else super.send(body);
  }
};
