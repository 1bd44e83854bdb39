// Makes elements. Texts become text nodes and nothing else: names of files are written by strangers.

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
export const button = (text, onclick, properties = {}) =>
  make("button", { type: "button", ...properties, onclick }, text);

/** Tells those who hear the page, and not those who see it: they see it anyway. */
export function say(text) {
  byId("said").textContent = text;
}

/** Shows a problem (RFC 9457) with its pointers, or nothing. */
export function showProblem(place, problem) {
  if (!problem) return place.replaceChildren();
  const errors = (problem.errors ?? []).filter((it) => it.detail !== problem.detail || it.pointer);
  place.replaceChildren(
    make("strong", {}, problem.title),
    make("p", {}, problem.detail ?? ""),
    errors.length ? make("ul", {}, ...errors.map(mistake)) : "",
  );
}

const mistake = ({ pointer, detail }) =>
  make("li", {}, make("code", {}, pointer || "/"), ` ${detail}`);
