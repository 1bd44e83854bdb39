// The list of jobs: what there is, what becomes of it, and what can be done with it.

import { Refused, call, randomKey } from "./api.js";
import { discard, hasEnded, makeCard, moveBar, path, titleOf, update } from "./card.js";
import { curlDetails, line } from "./curl.js";
import { byId, make, say, showProblem } from "./dom.js";
import { follow } from "./feed.js";
import { size } from "./units.js";

const cards = new Map();
let cursor = null;
let stopper = null;
/** Jobs that are being asked for; those that changed again meanwhile are asked for once more. */
const asking = new Map();

export function prepareJobs() {
  byId("jobs-more").addEventListener("click", () => attempt(older));
  // Whoever comes back may have deleted something elsewhere.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && stopper && !stopper.signal.aborted) look().catch(() => {});
  });
  const details = byId("jobs-curl");
  details.replaceWith(curlDetails(details.textContent, () => [["List the jobs", line("v1/jobs")]]));
}

/** Shows the list and follows what happens. */
export function openJobs() {
  stopper = new AbortController();
  follow(stopper.signal, { event, look, away });
}

export function closeJobs() {
  stopper?.abort();
  cards.forEach(discard);
  cards.clear();
  cursor = null;
  away(false);
}

/** A job that was just sent. What is sent again is answered as it was at first. */
export function putSent(job, files) {
  put(job, files);
  refresh(job.id);
}

/** A job as it is now, with its inputs where this page has them. */
function put(answer, files = null) {
  let known = cards.get(answer.id);
  // Answers may pass one another, but what has ended stays so.
  const job = known && hasEnded(known.job) && !hasEnded(answer) ? known.job : answer;
  // Its event came before the answer that belongs to the files: what it shows is without them.
  if (known && files && !known.files && hasEnded(known.job)) {
    discard(known);
    known = null;
  }
  if (known) {
    known.files ??= files;
    if (!hasEnded(known.job)) tell(known.job, job);
    update(known, job);
  } else {
    const card = makeCard(job, files, act);
    cards.set(job.id, card);
    // Ids are in the order of time, and the newest is first.
    const next = [...cards].filter(([id]) => id < job.id).sort().at(-1);
    byId("jobs").insertBefore(card.element, next?.[1].element ?? null);
  }
  byId("jobs-none").hidden = cards.size > 0;
}

/** The list as it is now, as far as it is shown: no event tells that a job was deleted or has expired. */
async function look() {
  const { signal } = stopper;
  const before = [...cards.keys()].sort();
  const isFar = ({ items, next_cursor }) => !next_cursor || !before.length || items.at(-1)?.id <= before[0];
  const listed = new Set();
  let page = null;
  do {
    page = await list(page ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "", signal);
    page.items.forEach((job) => listed.add(job.id) && put(job));
    if (cursor === null) more(page);
  } while (!isFar(page));
  before.filter((id) => !listed.has(id)).forEach(remove);
  byId("jobs-none").hidden = cards.size > 0;
}

async function older() {
  const page = await list(`&cursor=${encodeURIComponent(cursor)}`, stopper.signal);
  page.items.forEach((job) => put(job));
  const first = page.items[0];
  more(page);
  if (first) cards.get(first.id).parts.title.focus();
}

/** A part of it; `signal` ends with the session, so that no other one sees it. */
const list = async (rest, signal) => (await call(`v1/jobs?limit=20${rest}`, { signal })).json();

function more(page) {
  cursor = page.next_cursor ?? "";
  byId("jobs-more").hidden = !cursor;
}

function event(kind, data) {
  const card = cards.get(data.job);
  if (kind === "progress") return card && moveBar(card, data);
  refresh(data.job);
}

async function refresh(id) {
  const { signal } = stopper;
  if (asking.has(id)) return asking.set(id, true);
  asking.set(id, false);
  try {
    put(await (await call(`v1/jobs/${id}`, { signal })).json());
  } catch (error) {
    if (isGone(error)) remove(id);
  }
  const again = asking.get(id);
  asking.delete(id);
  if (again && !signal.aborted) refresh(id);
}

const isGone = ({ status }) => status === 404 || status === 410;

function remove(id) {
  const card = cards.get(id);
  if (!card) return;
  const hadFocus = card.element.contains(document.activeElement);
  const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
  discard(card);
  cards.delete(id);
  byId("jobs-none").hidden = cards.size > 0;
  if (hadFocus) (next?.querySelector("h3") ?? byId("jobs-title")).focus();
}

/** Those who do not see the list hear how a job ended. */
function tell(before, now) {
  if (before.state === now.state || !hasEnded(now)) return;
  const bytes = now.outputs.reduce((sum, output) => sum + output.size, 0);
  say(`${titleOf(now)}: ${now.state}${now.outputs.length ? `, ${size(bytes)}` : ""}`);
}

const ACTIONS = {
  async cancel({ job }) {
    put(await (await call(`${path(job)}/cancel`, { method: "POST" })).json());
  },
  async retry({ job, files }) {
    const headers = { "Idempotency-Key": randomKey() };
    const again = await (await call(`${path(job)}/retry`, { method: "POST", headers })).json();
    putSent(again, files);
    cards.get(again.id).parts.title.focus();
  },
  async delete({ job }) {
    await call(path(job), { method: "DELETE" });
    remove(job.id);
    say(`${titleOf(job)} is deleted`);
  },
  /** With the token, which a link could not send. */
  async zip({ job }) {
    const archive = await (await call(`${path(job)}/outputs.zip`)).blob();
    const url = URL.createObjectURL(archive);
    make("a", { href: url, download: `${titleOf(job)}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  },
};

/** One thing at a time for each card: a double click asks for one. */
async function act(what, card) {
  if (card.isBusy) return;
  card.isBusy = true;
  await attempt(() =>
    ACTIONS[what](card).catch((error) => {
      if (isGone(error)) remove(card.job.id);
      throw error;
    }),
  );
  card.isBusy = false;
}

async function attempt(action) {
  showProblem(byId("jobs-problem"), null);
  try {
    await action();
  } catch (error) {
    if (error instanceof Refused) return showProblem(byId("jobs-problem"), error.problem);
    // Nobody is signed in any more; the door is open already.
    if (error.name !== "AbortError") say(error.message);
  }
}

function away(isAway) {
  byId("away").textContent = isAway ? "The service cannot be reached. Trying again…" : "";
}
