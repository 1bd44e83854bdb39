// A new job: files, what to do with them, and its way to the service.

import { curlDetails, fill, submitLine } from "./curl.js";
import { button, byId, make, say, showProblem } from "./dom.js";
import { files, forget, hindrance, prepareFiles } from "./files.js";
import { put } from "./jobs.js";
import { controlAt, prepareSteps, steps, suggest } from "./steps.js";
import { names, size } from "./units.js";
import { submit } from "./upload.js";

export function prepareOrder(limits) {
  prepareFiles(limits, () => {
    suggest(files());
    refresh();
  });
  prepareSteps(limits, refresh);
  const details = byId("order-curl");
  details.replaceWith(Object.assign(curlDetails(details.textContent, curl), { id: details.id }));
  byId("order").addEventListener("submit", (event) => {
    event.preventDefault();
    start(limits);
  });
}

const curl = () => [["Send these files", submitLine(files().length ? files() : [{ name: "photo.jpg" }], steps())]];

function refresh() {
  const count = files().length;
  byId("order-go").textContent = count > 1 ? `Start with ${count} files` : "Start";
  const details = byId("order-curl");
  if (details.open) fill(details, curl);
}

function start(limits) {
  const place = byId("order-problem");
  showProblem(place, null);
  const problem = hindrance(limits.files);
  if (problem) {
    showProblem(place, problem);
    return byId("files").focus();
  }
  if (steps().length === 0) {
    showProblem(place, { title: "Choose what to do", detail: "Turn on at least one of the steps." });
    return byId("steps").querySelector("input").focus();
  }
  sendOff(files(), steps());
}

async function sendOff(chosen, steps) {
  const before = chosen.reduce((sum, file) => sum + file.size, 0);
  const job = { steps, metadata: { input_bytes: String(before) } };
  const stopper = new AbortController();
  const title = names(chosen.map((file) => file.name));
  const { row, bar, words } = sendingRow(title, stopper);
  byId("sending").prepend(row);
  say(`Sending ${title}`);
  const told = {
    signal: stopper.signal,
    onsent: (part) => {
      bar.value = part;
      words.textContent = `${Math.floor(part * 100)} % of ${size(before)}`;
    },
    onwait: (seconds) => (words.textContent = `The service is busy; going on in ${seconds} s`),
  };
  try {
    const made = await submit(chosen, job, told);
    if (files() === chosen) forget();
    leave(row);
    put(made, chosen);
  } catch (error) {
    leave(row);
    if (error.name === "AbortError") return say(`${title} is not sent`);
    showProblem(byId("order-problem"), error.problem ?? { title: error.message });
    error.problem?.errors?.map((it) => controlAt(it.pointer)).find((it) => it)?.focus();
  }
}

function sendingRow(title, stopper) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": `Sending ${title}` });
  const words = make("span", { className: "hint" }, "0 %");
  const cancel = button("Cancel", () => stopper.abort(), { "aria-label": `Cancel sending ${title}` });
  const head = make("div", { className: "head" }, make("h3", {}, title), words);
  const row = make("li", { className: "card" }, head, bar, make("div", { className: "actions" }, cancel));
  return { row, bar, words };
}

/** What had the focus gives it to where the next thing is done. */
function leave(row) {
  if (row.contains(document.activeElement)) byId("files").focus();
  row.remove();
}
