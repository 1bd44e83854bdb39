// Before and after: two pictures over each other, and a slider that moves the border between them.

import { make } from "./dom.js";

/** A figure of both; without a picture of before, of what came out. */
export function compare(name, before, after, words) {
  const box = make("div", { className: "pictures" });
  const figure = make("figure", { className: "compare" }, box);
  const late = make("img", { className: "after", alt: `${name}, after`, src: after });
  box.append(late);
  if (before) {
    // The box has the shape of what came out, and both fill it.
    box.append(make("img", { className: "before", alt: `${name}, before`, src: before }), make("span", { className: "border" }));
    figure.append(slider(name, box));
  }
  figure.append(make("figcaption", {}, words));
  return figure;
}

function slider(name, box) {
  const range = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": `Before and after of ${name}` });
  const move = () => {
    // Through the object model: a style attribute in markup is not allowed here.
    box.style.setProperty("--before", `${range.value}%`);
    range.setAttribute("aria-valuetext", `${range.value} % before, ${100 - range.value} % after`);
  };
  range.addEventListener("input", move);
  move();
  return range;
}
