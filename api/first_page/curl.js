// The same by hand. Lines have `$FILITTLE_KEY` in them, and never a token of this page.

import { ROOT } from "./api.js";
import { button, make, say } from "./dom.js";

const KEY = '-u "$FILITTLE_KEY:"';

/** A word that a POSIX shell takes as it is. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** One request. */
export const line = (path, ...options) =>
  ["curl -sS", KEY, ...options, quoted(ROOT + path)].join(" ");

/** A job of these files. */
export function submitLine(files, job) {
  const parts = files.map((file) => `-F ${quoted(`file=@"${file.name.replace(/["\\]/g, "\\$&")}"`)}`);
  return line("v1/jobs", ...parts, `--form-string ${quoted(`job=${JSON.stringify(job)}`)}`);
}

/** Downloads with the key, into a file of that name; beside what the job was made of, should that have
 * the same. */
export const download = (path, name, inputs) => {
  let file = name;
  while (inputs.includes(file)) file = `little-${file}`;
  return line(path, "--fail-with-body", `-o ${quoted(file)}`);
};

/** A part of the page that opens and shows lines, each with a button that copies it and nothing else:
 * whoever pastes one wants that one. `lines` answers what each does, and the line. */
export function curlDetails(title, lines) {
  const details = make("details", { className: "curl" }, make("summary", {}, title));
  details.addEventListener("toggle", () => details.open && fill(details, lines));
  return details;
}

/** Shows the lines in a `details`, as they are now. */
export function fill(details, lines) {
  details.replaceChildren(details.firstElementChild, ...lines().map(block));
}

function block([what, text]) {
  const code = make("code", {}, text);
  const box = make("pre", { tabIndex: 0, role: "group", "aria-label": `curl: ${what}` }, code);
  return make("div", { className: "line" }, make("p", {}, what), copyButton(code, what), box);
}

/** A button that copies the text of an element, which is for that. */
export function copyButton(code, what) {
  const word = make("span", {}, "Copy");
  return button(word, () => copied(code, word), {}, make("span", { className: "unseen" }, `: ${what}`));
}

async function copied(code, word) {
  // Browsers have a clipboard for pages over TLS or of this machine only.
  const isDone = navigator.clipboard
    ? await navigator.clipboard.writeText(code.textContent).then(() => true, () => false)
    : selected(code) && document.execCommand("copy");
  word.textContent = isDone ? "Copied" : "Copy it by hand: it is selected";
  if (!isDone) selected(code);
  say(word.textContent);
}

function selected(code) {
  getSelection().selectAllChildren(code);
  return true;
}
