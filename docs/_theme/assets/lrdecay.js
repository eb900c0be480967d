import { mount as tables } from "./tables.js";

// A box that scrolls sideways must be reachable by keyboard; one that does not needs no tab stop.
// The theme does this for code only. `document$` fires on load and after each instant navigation.
const boxes = () => document.querySelectorAll(".lr-scroll, .md-typeset .arithmatex");

const mark = (box) => {
  const wide = box.scrollWidth > box.clientWidth + 1;
  box.classList.toggle("lr-fits", !wide); // then the heading of a table stays in view
  if (wide) {
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

document$.subscribe(tables);

// Landmarks of the theme without a name: the pages of a section take the section's, the place of a
// copy button is none.
component$.subscribe(() => {
  for (const list of document.querySelectorAll(".md-nav[aria-labelledby]")) {
    const label = document.getElementById(list.getAttribute("aria-labelledby"));
    if (label.textContent.trim()) continue;
    const name = Object.assign(document.createElement("span"), { className: "lr-unseen" });
    name.textContent = list.querySelector(".md-nav__title").textContent.trim();
    label.append(name);
  }
  for (const place of document.querySelectorAll(".md-code__nav:not([role])")) place.setAttribute("role", "none");
});

// A part that moves is a box with `data-tool`: what stands in it is for readers without scripts. Its
// module is fetched with the first page that has one, and fills the box.
document$.subscribe(() =>
  document.querySelectorAll("[data-tool]").forEach(async (box) => {
    const { mount } = await import(`./tools/${box.dataset.tool}.js`);
    if (!box.dataset.mounted) {
      box.dataset.mounted = "";
      mount(box);
    }
  }),
);
