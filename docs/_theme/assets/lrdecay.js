// A box that scrolls sideways must be reachable by keyboard; one that does not needs no tab stop.
// The theme does this for code only. `document$` fires on load and after each instant navigation.
const boxes = () => document.querySelectorAll(".lr-scroll, .md-typeset .arithmatex");

const mark = (box) => {
  if (box.scrollWidth > box.clientWidth + 1) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.querySelector("table") ? "Table, scrolls sideways" : "Formula, scrolls sideways");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
};

const observer = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
document$.subscribe(() => {
  observer.disconnect();
  boxes().forEach((box) => observer.observe(box));
});
