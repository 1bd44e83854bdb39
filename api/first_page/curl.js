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
export function submitLine(files, steps) {
  const parts = files.map((file) => `-F ${quoted(`file=@"${file.name.replace(/["\\]/g, "\\$&")}"`)}`);
  const job = `--form-string ${quoted(`job=${JSON.stringify({ steps })}`)}`;
  return line("v1/jobs", ...parts, job);
}

/** Downloads with the key, into a file of that name. */
export const download = (path, name) => line(path, "--fail", `-o ${quoted(name)}`);

/** A part of the page that opens and shows a line, with a button that copies it. */
export function curlDetails(title, text) {
  const details = make("details", { className: "curl" }, make("summary", {}, title));
  details.addEventListener("toggle", () => details.open && fill(details, text));
  return details;
}

/** Shows the lines in a `details`, as they are now. */
export function fill(details, text) {
  const code = make("code", {}, text());
  const box = make("pre", { tabIndex: 0, role: "group", "aria-label": "curl" }, code);
  details.replaceChildren(details.firstElementChild, box, copyButton(code));
}

/** A button that copies the text of an element. */
export function copyButton(code) {
  const copy = button("Copy", () => copied(code, copy));
  return copy;
}

async function copied(code, copy) {
  // Browsers have a clipboard for pages over TLS or of this machine only.
  const isDone = navigator.clipboard
    ? await navigator.clipboard.writeText(code.textContent).then(() => true, () => false)
    : selected(code) && document.execCommand("copy");
  copy.textContent = isDone ? "Copied" : "Copy it by hand: it is selected";
  if (!isDone) selected(code);
  say(copy.textContent);
}

function selected(code) {
  getSelection().selectAllChildren(code);
  return true;
}
