// A new job: files, and what to do with them.

import { call, json } from "./api.js";
import { curlDetails, fill, submitLine } from "./curl.js";
import { byId, say, showProblem } from "./dom.js";
import { files, forget, hindrance, prepareFiles } from "./files.js";
import { putSent } from "./jobs.js";
import { sendOff, stopSending } from "./sending.js";
import { controlAt, nameAt, prepareSteps, steps, suggest } from "./steps.js";

/** Why no mail comes, by what `GET /v1/me` says of mails. */
const OFF = {
  unsubscribed: "You have ended mails about jobs.",
  suppressed: "No mail goes there any more, because mail servers refused the address.",
};

/** From the press until the answer: a second press would make a second job. */
let isSending = false;

export function prepareOrder(limits) {
  prepareFiles(limits, () => {
    suggest(files());
    refresh();
  });
  prepareSteps(limits, refresh);
  byId("mail").addEventListener("change", refresh);
  byId("mail-on").addEventListener("click", turnMailsOn);
  const details = byId("order-curl");
  details.replaceWith(Object.assign(curlDetails(details.textContent, curl), { id: details.id }));
  byId("order").addEventListener("submit", (event) => {
    event.preventDefault();
    start(limits);
  });
}

/** Says whom a mail would go to, and whether it would come. Whether a service needs verified addresses is
 * not told: one that only writes mails into a folder does not. */
export function offerMail({ email, verified, mails }) {
  byId("mail").checked = false;
  byId("mail").disabled = mails !== "on";
  byId("mail-on").hidden = mails === "on";
  const open = "It is not verified yet: open the link in the verification mail first, or no mail may come.";
  const why = OFF[mails] ?? (verified ? "" : open);
  byId("mail-about").textContent = `To ${email}. ${why}`.trim();
}

async function turnMailsOn() {
  const place = byId("order-problem");
  showProblem(place, null);
  try {
    const body = { ...json({ mails: "on" }), method: "PATCH" };
    offerMail(await (await call("v1/me", body)).json());
    byId("mail").focus();
    say("Mails are on");
  } catch (error) {
    showProblem(place, error.problem ?? { detail: error.message });
  }
}

/** Who leaves, leaves no files to whoever comes next. */
export function closeOrder() {
  stopSending();
  forget(files());
}

/** What is asked for, but for its files. */
const job = () => ({ steps: steps(), ...(byId("mail").checked && { notify: { email: true } }) });

const curl = () => [["Send these files", submitLine(files().length ? files() : [{ name: "photo.jpg" }], job())]];

function refresh() {
  const count = files().length;
  const go = byId("order-go");
  go.textContent = isSending ? "Sending…" : count > 1 ? `Start with ${count} files` : "Start";
  // Not `disabled`: it keeps the focus, and is still found and heard.
  go.setAttribute("aria-disabled", String(isSending));
  const details = byId("order-curl");
  if (details.open) fill(details, curl);
}

function start(limits) {
  if (isSending) return say("The files before are still being sent");
  const place = byId("order-problem");
  showProblem(place, null);
  const problem = hindrance(limits.files);
  if (problem) {
    showProblem(place, problem);
    return byId("files").focus();
  }
  if (steps().length === 0) {
    showProblem(place, { detail: "Choose what to do: turn on at least one of the steps." });
    return byId("steps").querySelector("input").focus();
  }
  sendChosen(files());
}

async function sendChosen(chosen) {
  const before = chosen.reduce((sum, file) => sum + file.size, 0);
  isSending = true;
  refresh();
  try {
    const made = await sendOff(chosen, { ...job(), metadata: { input_bytes: String(before) } });
    if (!made) return;
    forget(chosen);
    putSent(made, chosen);
  } catch (error) {
    showProblem(byId("order-problem"), error.problem ?? { detail: error.message }, nameAt);
    error.problem?.errors?.map((it) => controlAt(it.pointer)).find((it) => it)?.focus();
  } finally {
    isSending = false;
    refresh();
  }
}
