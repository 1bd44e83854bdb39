// Sends a job with its files. `fetch` does not tell how much was sent; `XMLHttpRequest` does.

import { ROOT, Refused, mayComeAgain, pause, unknown, unreachable } from "./api.js";
import * as session from "./session.js";

/** So often a busy service is asked again; whoever waits sees it, and may end it. */
const PATIENCE = 100;

/** How long the service takes to notice that the same was cut off before. */
const CUT_OFF = 5;

/** Sends until it is taken; `signal` ends it, `onsent` is told the part that was sent, and `onwait` the
 * seconds until it is tried again. */
export async function submit(files, job, key, { signal, onsent, onwait }) {
  let isRefused = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await once(files, job, key, await session.token(isRefused), signal, onsent);
    } catch (error) {
      const isOld = error.status === 401 && !isRefused;
      isRefused = isOld;
      if (isOld) continue;
      // The same key is still taken by the try that was cut off.
      const isTaken = error.status === 409 && tries < PATIENCE;
      if (!isTaken && !mayComeAgain(error, tries, PATIENCE)) throw error;
      const seconds = error.pause || CUT_OFF;
      onwait(seconds);
      await pause(seconds, signal);
      signal.throwIfAborted();
    }
  }
}

function once(files, job, key, token, signal, onsent) {
  const form = new FormData();
  // First what is wrong in few bytes.
  form.append("job", JSON.stringify(job));
  for (const file of files) form.append("file", file, file.name);
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${ROOT}v1/jobs`);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onsent(total ? loaded / total : 0);
    request.onload = () => (request.status === 202 ? done(request.response) : fail(refused(request)));
    request.onerror = () => fail(unreachable());
    request.onabort = () => fail(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function refused(request) {
  const problem = request.response ?? unknown(request.status);
  const head = { get: (name) => request.getResponseHeader(name) };
  return new Refused(problem, { status: request.status, headers: head });
}
