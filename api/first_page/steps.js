// What to do: a switch and few controls for each step. `GET /v1/limits` says which this build has.

import { byId, make } from "./dom.js";
import { chooseTones, titlesOf } from "./tones.js";

/** In the order in which they work, with the parameters that most people need. */
const OFFERED = [
  { op: "decompress", title: "Unpack", parameters: [] },
  { op: "resize", title: "Resize", parameters: ["width", "height", "fit", "upscale"] },
  {
    op: "dither",
    title: "Dither",
    parameters: ["algorithm", "levels", "palette", "colors", "extract", "device", "color_space", "format", "gray"],
  },
  { op: "convert", title: "Convert", parameters: ["format", "quality"] },
  { op: "compress", title: "Compress", parameters: ["format", "level"] },
];

/** What a control shows before anybody touched it, where that is better than nothing. */
const FIRST = {
  "resize.width": 800,
  "dither.levels": 2,
  "dither.palette": "pico-8",
  "dither.extract": 16,
  "convert.format": "jpeg",
};

const WORDS = {
  gray: "grey", colors: "colours", extract: "how many", device: "panel", color_space: "colour space",
  upscale: "enlarge small pictures", srgb: "sRGB", linear: "linear light", oklab: "OKLab",
  webp: "WebP", jpeg: "JPEG", png: "PNG", gif: "GIF", bmp: "BMP", raw: "raw bytes",
};

const rows = [];
let changed = () => {};
let isTouched = false;

/** Makes the controls. `onchange` is called when another thing is to be done. */
export function prepareSteps(limits, onchange) {
  changed = onchange;
  for (const offered of OFFERED) {
    const op = limits.ops.find((it) => it.op === offered.op);
    if (op) rows.push(row(offered, op, limits));
  }
  byId("steps").append(...rows.map((it) => it.element));
}

/** What the controls say, as the field `steps` of a job. */
export const steps = () =>
  rows.filter((it) => it.on.checked).map((it) => ({ op: it.op, ...values(it.controls) }));

/** Until somebody chose: pictures are resized, and everything else is compressed. */
export function suggest(files) {
  if (isTouched || files.length === 0) return;
  const arePictures = files.every((file) => /^image\/(png|jpeg)$/.test(file.type));
  for (const it of rows) {
    it.on.checked = it.op === (arePictures ? "resize" : "compress");
    it.controls.box.hidden = !it.on.checked;
  }
  changed();
}

/** The control that a pointer such as `/steps/0/width` is about. */
export function controlAt(pointer) {
  const [, index, name] = /^\/steps\/(\d+)\/(\w+)/.exec(pointer ?? "") ?? [];
  const it = rows.filter((row) => row.on.checked)[index];
  return it?.controls.all.find((control) => control.name === `${it.op}.${name}`) ?? it?.on;
}

/** What people call it. */
export function nameAt(pointer) {
  const it = controlAt(pointer);
  if (!it?.field) return pointer.split("/").at(-1);
  return `${it.field.parentElement.getAttribute("aria-label")}, ${it.field.querySelector("label").textContent}`;
}

function row(offered, op, limits) {
  const on = make("input", { type: "checkbox", id: `on-${op.op}` });
  const about = make("span", { className: "hint", id: `about-${op.op}` }, op.about);
  const controls = controlsOf(offered, op, limits);
  on.setAttribute("aria-describedby", about.id);
  on.addEventListener("change", () => {
    isTouched = true;
    controls.box.hidden = !on.checked;
    changed();
  });
  const title = make("label", {}, on, ` ${offered.title}`);
  title.htmlFor = on.id;
  return { op: op.op, on, controls, element: make("div", { className: "step" }, title, about, controls.box) };
}

function controlsOf(offered, op, limits) {
  const parameters = offered.parameters
    .map((name) => op.parameters.find((it) => it.name === name))
    .filter((it) => it);
  const all = parameters.map((it) => control(op.op, it, titlesOf(it.name, limits))).filter((it) => it);
  const box = make("div", { className: "controls", hidden: true, role: "group", "aria-label": offered.title });
  box.append(...all.map((it) => it.field));
  const choose = op.op === "dither" ? chooseTones(all, limits) : () => {};
  box.addEventListener("input", () => {
    isTouched = true;
    choose();
    changed();
  });
  return { box, all };
}

/** A control for a parameter, by the values that it takes. */
function control(op, { name, about, default: usual, values }, titles) {
  const id = `${op}-${name}`;
  const first = FIRST[`${op}.${name}`] ?? usual;
  const choices = values.enum ?? values.anyOf?.find((it) => it.enum)?.enum;
  let input;
  if (choices) {
    const title = (value) => titles.find((it) => it.name === value)?.title ?? WORDS[value] ?? value;
    const options = choices.map((it) => make("option", { value: it, selected: it === first }, title(it)));
    input = make("select", { id }, ...options);
  } else if (values.type === "integer") {
    input = make("input", { id, type: "number", inputMode: "numeric", min: values.minimum, max: values.maximum });
    input.value = first ?? "";
    input.placeholder = usual ?? "auto";
  } else if (values.type === "array") {
    input = make("input", { id, type: "text", placeholder: "000, fff, ff0000", autocomplete: "off", spellcheck: false });
    input.dataset.list = "";
  } else if (values.type === "boolean") {
    input = make("input", { id, type: "checkbox", checked: first === "true" });
  } else return null;
  const hint = make("span", { className: "unseen", id: `${id}-about` }, about);
  input.setAttribute("aria-describedby", hint.id);
  const label = make("label", {}, WORDS[name] ?? name);
  label.htmlFor = id;
  const field = make("div", { className: `field ${input.type}`, title: about }, label, input, hint);
  return { name: `${op}.${name}`, key: name, input, field, usual, focus: () => input.focus() };
}

/** What was left as it is by default, or empty, is not said; nor is what is not offered. */
function values({ all }) {
  const said = {};
  for (const { key, input, usual } of all) {
    const value = read(input);
    if (!input.disabled && value !== "" && String(value) !== usual) said[key] = value;
  }
  return said;
}

function read(input) {
  if (input.type === "checkbox") return input.checked;
  if ("list" in input.dataset) return input.value.match(/[^\s,]+/g) ?? "";
  if (input.type === "number") return input.value === "" ? "" : Number(input.value);
  return input.value;
}
