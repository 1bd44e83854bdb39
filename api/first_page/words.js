// What went wrong, in a sentence for people. A problem (RFC 9457) has a code and a title for programs,
// and its detail is about the request.

import { size } from "./units.js";

const FAULT = "Something went wrong in the service. Try again; when it stays so, tell whoever runs it.";
const BUSY = "The service is busy. Try again in a moment.";

/** What can be said without the detail, and better. */
const SENTENCES = {
  unauthenticated: "You are not signed in any more. Sign in again.",
  "not-found": "It is not there any more.",
  gone: "It was deleted, or its time is over.",
  "too-many-jobs": "Too many of your jobs are still waiting. Start again when some have ended.",
  "backlog-full": BUSY,
  unavailable: BUSY,
  internal: FAULT,
  "too-many-attempts": FAULT,
  "worker-crashed": FAULT,
  "insufficient-storage": "The disk of the service is full. Tell whoever runs it.",
  "damaged-picture": "The picture is damaged.",
  "truncated-picture": "The picture is not whole: its end is missing.",
  "all-inputs-failed": "None of the files could be processed.",
};

/** What the detail of some goes on from. */
const BEGINNINGS = {
  "unsupported-media-type": "This works on pictures only, and the file is ",
  "cannot-be-processed": "The file cannot be processed: ",
};

/** One sentence. */
export function sentence({ code, title, detail }) {
  return SENTENCES[code] ?? ended(capital((BEGINNINGS[code] ?? "") + plain(detail || title)));
}

/** What is to be shown: the sentence, or each mistake of bad input with the name of its place. */
export function sentences(problem, nameOf) {
  const mistakes = (problem.errors ?? []).filter((it) => it.pointer);
  if (mistakes.length === 0) return [sentence(problem)];
  return mistakes.map(({ pointer, detail }) => `${capital(nameOf(pointer))}: ${ended(plain(detail))}`);
}

const plain = (text) =>
  text
    .replace(/(\d{5,}) bytes/g, (_, bytes) => size(Number(bytes)))
    .replaceAll("`", "")
    .replace(" from your address", "");

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const ended = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);
