// Makes elements. Texts become text nodes and nothing else: names of files are written by strangers.

import { sentences } from "./words.js";

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element; what is no property of elements becomes an attribute. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && typeof value !== "object") element[name] = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that does not send its form. */
export const button = (text, onclick, properties = {}, ...more) =>
  make("button", { type: "button", ...properties, onclick }, text, ...more);

/** A button for what cannot be taken back: the second press does it. `what` is whom it is done to. */
export function sureButton(word, what, onclick) {
  const question = `Really ${word.toLowerCase()}?`;
  const show = (text, name) => {
    sure.textContent = text;
    sure.setAttribute("aria-label", name);
  };
  const calm = () => show(word, `${word}: ${what}`);
  const press = ({ detail }) => {
    if (sure.textContent === word) {
      show(question, `${question} ${what}`);
      say(`${question} ${what}. Press again to do it.`);
      // Not every browser gives the focus to what is clicked, and when it leaves the question ends.
      return sure.focus();
    }
    // The second half of a double click answers no question.
    if (detail > 1) return;
    calm();
    onclick();
  };
  const sure = button(word, press, { className: "sure" });
  calm();
  sure.addEventListener("blur", calm);
  sure.addEventListener("keydown", (event) => {
    if (event.key === "Escape") calm();
    // Nor does a key that is held.
    if (event.repeat) event.preventDefault();
  });
  return sure;
}

/** Tells those who hear the page, and not those who see it: they see it anyway. */
export function say(text) {
  byId("said").textContent = text;
}

/** Shows what went wrong, or nothing; `nameOf` says what people call the place of a pointer. */
export function showProblem(place, problem, nameOf = lastOf) {
  if (!problem) return place.replaceChildren();
  const told = sentences(problem, nameOf);
  if (told.length === 1) return place.replaceChildren(make("p", {}, told[0]));
  place.replaceChildren(make("ul", {}, ...told.map((text) => make("li", {}, text))));
}

const lastOf = (pointer) => pointer.split("/").at(-1);
