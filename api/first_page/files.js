// The files that were chosen or dropped and not yet sent.

import { button, byId, make, say } from "./dom.js";
import { size } from "./units.js";

/** Larger pictures take a browser too long to show as a stamp. */
const LARGEST_STAMP = 20e6;

let chosen = [];
let changed = () => {};

export const files = () => chosen;

export function prepareFiles(limits, onchange) {
  changed = onchange;
  const [input, drop] = [byId("files"), byId("drop")];
  byId("files-limit").textContent =
    `Up to ${limits.files.parts} files of ${size(limits.files.bytes)}; pictures up to ${size(limits.pictures.bytes)}.`;
  input.addEventListener("change", () => {
    add([...input.files]);
    // The same file can be chosen again.
    input.value = "";
  });
  // Whatever falls beside the place would open in the place of the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  for (const kind of ["dragover", "dragleave", "drop"])
    document.body.addEventListener(kind, () => drop.classList.toggle("over", kind === "dragover"));
  document.body.addEventListener("drop", (event) => {
    if (!byId("desk").hidden) add([...event.dataTransfer.files]);
  });
}

/** Why these cannot be sent, as a problem; nothing when they can. */
export function hindrance({ bytes, parts }) {
  if (chosen.length === 0) return { detail: "Choose a file first." };
  if (chosen.length > parts) return { detail: `At most ${parts} at once; these are ${chosen.length}.` };
  const empty = chosen.find((file) => file.size === 0);
  if (empty) return { detail: `The file ${empty.name} is empty.` };
  const large = chosen.find((file) => file.size > bytes);
  return large && { detail: `The file ${large.name} is too large: it has ${size(large.size)}, and at most ${size(bytes)} are taken.` };
}

/** What was sent is not chosen any more; what was chosen meanwhile is. */
export function forget(sent) {
  chosen = chosen.filter((file) => !sent.includes(file));
  show();
}

function add(more) {
  chosen = [...chosen, ...more];
  show();
  say(`${chosen.length} ${chosen.length === 1 ? "file is" : "files are"} chosen`);
}

function show() {
  byId("chosen").replaceChildren(...chosen.map(row));
  changed();
}

function row(file, index) {
  const remove = button("Remove", () => {
    chosen = chosen.filter((it) => it !== file);
    show();
    const rows = byId("chosen").querySelectorAll("button");
    (rows[Math.min(index, rows.length - 1)] ?? byId("files")).focus();
  }, { className: "quiet", "aria-label": `Remove ${file.name}` });
  const name = make("span", { className: "name", title: file.name }, file.name);
  const about = make("div", {}, name, make("span", { className: "hint" }, size(file.size)));
  return make("li", {}, stamp(file), about, remove);
}

function stamp(file) {
  if (!isPicture(file.type) || file.size > LARGEST_STAMP) return make("span", { className: "stamp" });
  const picture = make("img", { className: "stamp", alt: "" });
  picture.src = URL.createObjectURL(file);
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
  return picture;
}

/** Whether browsers show it. */
export const isPicture = (type) => /^image\/(png|jpeg|gif|bmp|webp|avif)$/.test(type);
