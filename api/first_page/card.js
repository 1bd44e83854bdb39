// One job in the list. A card is made once, and then only what changed of it: who reads it or has the
// focus in it is not disturbed.

import { here } from "./api.js";
import { compare } from "./compare.js";
import { curlDetails, download, line } from "./curl.js";
import { button, make, showProblem, sureButton } from "./dom.js";
import { isPicture } from "./files.js";
import { change, names, size, span, when } from "./units.js";
import { sentence } from "./words.js";

/** So many pictures are shown without being asked for. */
const SHOWN = 4;
/** And so many downloads have a line of their own. */
const LINES = 10;

export const hasEnded = (job) => job.state !== "queued" && job.state !== "running";
export const path = (job) => `v1/jobs/${job.id}`;
export const titleOf = (job) => job.name ?? names(job.items.map((item) => item.name));

/** A card. `files` are the inputs, where this page has them; `act(what, job)` does what a button says. */
export function makeCard(job, files, act) {
  const parts = {
    title: make("h3", { tabIndex: -1 }),
    state: make("span"),
    what: make("p", { className: "hint" }),
    bar: make("progress", { max: 1 }),
    far: make("p", { className: "hint" }),
    problem: make("div", { className: "problem" }),
    outputs: make("ul", { className: "outputs" }),
    looks: make("div", { className: "looks" }),
    actions: make("div", { className: "actions" }),
  };
  const card = { parts, files, act, urls: [], job: null, pace: null };
  const head = make("div", { className: "head" }, parts.title, parts.state);
  const { what, bar, far, problem, outputs, looks, actions } = parts;
  const curl = curlDetails("These actions with curl", () => curlLines(card.job));
  card.element = make("li", { className: "card" }, head, what, bar, far, problem, outputs, looks, actions, curl);
  update(card, job);
  return card;
}

/** Shows the job as it is now. */
export function update(card, job) {
  const { parts } = card;
  const before = card.job;
  card.job = job;
  parts.title.textContent = titleOf(job);
  parts.state.textContent = job.state;
  parts.state.className = `state ${job.state}`;
  parts.what.textContent = description(card);
  parts.bar.hidden = hasEnded(job);
  parts.bar.setAttribute("aria-label", `Progress of ${titleOf(job)}`);
  moveBar(card, job.progress);
  // Links run out, and the list brings new ones.
  parts.outputs.querySelectorAll("a").forEach((link, n) => (link.href = here(job.outputs[n].url)));
  if (before?.state === job.state) return;
  const hadFocus = parts.actions.contains(document.activeElement);
  parts.actions.replaceChildren(...buttons(card));
  if (hadFocus) parts.title.focus();
  showProblem(parts.problem, job.error);
  parts.problem.append(...failedItems(job));
  parts.outputs.replaceChildren(...job.outputs.map((it) => output(card, it)));
  if (hasEnded(job)) showPictures(card, before !== null);
}

/** How far it is; without a number the bar only shows that something is done. */
export function moveBar(card, progress) {
  const { bar, far } = card.parts;
  const isTold = card.job.state === "running" && progress?.total && progress.unit === "bytes";
  far.textContent = isTold ? howFar(card, progress) : "";
  far.hidden = !isTold;
  if (card.job.state === "running" && progress?.total) bar.value = progress.done / progress.total;
  else if (card.job.state === "running") bar.removeAttribute("value");
  else bar.value = 0;
}

/** The bytes, and how long it takes from here as fast as it was since the page has seen it. */
function howFar(card, { done, total }) {
  const now = performance.now();
  // An attempt that begins anew is at an earlier place.
  if (!card.pace || done < card.pace.done) card.pace = { done, time: now };
  const far = `${size(done)} of ${size(total)}`;
  const seconds = (now - card.pace.time) / 1000;
  const speed = (done - card.pace.done) / seconds;
  return seconds < 2 || !speed ? far : `${far}, about ${span((total - done) / speed)} left`;
}

/** Frees what the card held. */
export function discard(card) {
  card.urls.forEach((url) => URL.revokeObjectURL(url));
  card.element.remove();
}

function description(card) {
  const { job } = card;
  const before = bytesBefore(card);
  const after = job.outputs.reduce((sum, output) => sum + output.size, 0);
  const sizes = job.outputs.length
    ? [before ? `${size(before)} → ${size(after)}` : size(after), change(before, after)]
    : [before ? size(before) : ""];
  const steps = job.steps.map((step) => (step.format ? `${step.op} (${step.format})` : step.op));
  return [steps.join(", "), ...sizes, when(job.created_at)].filter((text) => text).join(" · ");
}

/** The bytes that the outputs are to be compared with: those of inputs that failed are not in them. The
 * service does not tell them, so they are known where the page has the files, or wrote down the sum. */
function bytesBefore({ job, files }) {
  if (job.state !== "partial") return Number(job.metadata.input_bytes) || 0;
  if (!files) return 0;
  const good = job.items.filter((item) => item.state === "succeeded");
  return good.reduce((sum, item) => sum + files[item.input].size, 0);
}

function buttons(card) {
  const named = (word, what) =>
    button(word, () => card.act(what, card), { "aria-label": `${word}: ${titleOf(card.job)}` });
  if (!hasEnded(card.job)) return [named("Cancel", "cancel")];
  const all = [named("Retry", "retry"), sureButton("Delete", titleOf(card.job), () => card.act("delete", card))];
  if (card.job.outputs.length > 1) all.unshift(named("Download all", "zip"));
  return all;
}

const failedItems = (job) =>
  job.items
    .filter((item) => item.error && job.items.length > 1)
    .map((item) => make("p", {}, make("strong", {}, item.name), ` ${sentence(item.error)}`));

function output(card, { name, url, item, size: bytes }) {
  const link = make("a", { href: here(url), download: name }, "Download ", make("span", { className: "name" }, name));
  // Of a single one it is told above.
  const changed = card.job.outputs.length > 1 ? change(card.files?.[item]?.size, bytes) : "";
  return make("li", {}, link, make("span", { className: "hint" }, [size(bytes), changed].filter((it) => it).join(", ")));
}

/** At once for a job that this page saw end, and for others when they are asked for. */
function showPictures(card, atOnce) {
  const pictures = card.job.outputs.filter((it) => isPicture(it.media_type));
  if (pictures.length === 0) return;
  const show = () => {
    const hadFocus = card.parts.looks.contains(document.activeElement);
    card.parts.looks.replaceChildren(...pictures.map((it) => pair(card, it)));
    if (hadFocus) (card.parts.looks.querySelector("input") ?? card.parts.title).focus();
  };
  if ((atOnce || card.files) && pictures.length <= SHOWN) return show();
  const word = pictures.length > 1 ? `Show ${pictures.length} pictures` : "Show the picture";
  card.parts.looks.replaceChildren(button(word, show, { "aria-label": `${word}: ${titleOf(card.job)}` }));
}

function pair(card, { name, url, item, size: bytes }) {
  const file = card.files?.[item];
  const before = file && isPicture(file.type) ? URL.createObjectURL(file) : null;
  if (before) card.urls.push(before);
  const words = file
    ? `before ${size(file.size)}, after ${size(bytes)}, ${change(file.size, bytes)}`
    : `${size(bytes)}. Only the result is shown: this page does not have the original.`;
  return compare(name, before, here(url), words);
}

/** What takes something away is last. */
function curlLines(job) {
  const lines = [["See how it is", line(path(job))]];
  const inputs = job.items.map((item) => item.name);
  if (job.outputs.length <= LINES) {
    job.outputs.forEach((it, n) =>
      lines.push([`Download ${it.name}`, download(`${path(job)}/outputs/${n}`, it.name, inputs)]));
  }
  if (job.outputs.length > 1) lines.push(["Download all", download(`${path(job)}/outputs.zip`, "outputs.zip", inputs)]);
  if (!hasEnded(job)) return [...lines, ["Cancel", line(`${path(job)}/cancel`, "-X POST")]];
  const remove = ["Delete the job and its results", line(path(job), "-X DELETE")];
  return [...lines, ["Retry", line(`${path(job)}/retry`, "-X POST")], remove];
}
