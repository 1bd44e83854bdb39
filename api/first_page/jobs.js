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

/** A job that was just sent. What the stream told of it may be newer than the answer, and what is sent
 * again is answered as it was at first. */
export function putSent(job, files) {
  put(cards.get(job.id)?.job ?? job, files);
  refresh(job.id);
}

/** A job as it is now, with its inputs where this page has them. */
function put(job, files = null) {
  let known = cards.get(job.id);
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

async function look() {
  const before = [...cards.values()].map(({ job }) => job);
  const page = await list("");
  page.items.forEach((job) => put(job));
  const listed = new Set(page.items.map((job) => job.id));
  const oldest = page.next_cursor ? page.items.at(-1).id : "";
  for (const job of before.filter(({ id }) => !listed.has(id))) {
    // Deleted elsewhere, or among the older ones.
    if (job.id > oldest) remove(job.id);
    else if (!hasEnded(job)) refresh(job.id);
  }
  if (cursor === null) more(page);
  byId("jobs-none").hidden = cards.size > 0;
}

async function older() {
  const page = await list(`&cursor=${encodeURIComponent(cursor)}`);
  page.items.forEach((job) => put(job));
  const first = page.items[0];
  more(page);
  if (first) cards.get(first.id).parts.title.focus();
}

const list = async (rest) => (await call(`v1/jobs?limit=20${rest}`)).json();

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
  if (asking.has(id)) return asking.set(id, true);
  asking.set(id, false);
  try {
    put(await (await call(`v1/jobs/${id}`)).json());
  } catch (error) {
    if (error.status === 404 || error.status === 410) remove(id);
  }
  const again = asking.get(id);
  asking.delete(id);
  if (again) refresh(id);
}

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

const act = (what, card) => attempt(() => ACTIONS[what](card));

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
