// Speaks with the service. Addresses are relative, so that the page also works below a path of a proxy.

import * as session from "./session.js";
import { sentence } from "./words.js";

/** Where the service is: the page is at its root. */
export const ROOT = new URL(".", document.baseURI).href.replace(/[#?].*$/, "");

const PATIENCE = 4;
const LONGEST_PAUSE = 30;

/** What a request is answered instead of a result: a problem of RFC 9457. */
export class Refused extends Error {
  constructor(problem, response) {
    super(sentence(problem));
    this.problem = problem;
    this.status = response?.status ?? 0;
    this.pause = Number(response?.headers.get("retry-after")) || 0;
  }
}

/** Waits, or less when `signal` ends it. */
export const pause = (seconds, signal) =>
  new Promise((done) => {
    setTimeout(done, seconds * 1000);
    signal?.addEventListener("abort", done);
  });

/** A signed link is absolute, and begins with how others reach the service. Here it must be of here. */
export const here = (url) => ROOT + url.slice(url.indexOf("/v1/links/") + 1);

/** The problem that an answer has, whatever it is. */
export async function refusal(response) {
  const problem = await response.json().catch(() => null);
  return new Refused(problem?.title ? problem : unknown(response.status), response);
}

/** An answer that is not of the service, but of what stands before it. */
export const unknown = (status) => ({ detail: `The answer is not what it should be (${status}); try again.` });

/** Nobody answered. */
export const unreachable = () =>
  new Refused({ detail: "The service cannot be reached. Check the connection; what was accepted goes on by itself." });

/** One request, as it is; refused when the answer is no good one. */
export async function send(path, options = {}) {
  const { token, signal, method, headers, body } = options;
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  const response = await fetch(ROOT + path, {
    method, body, signal, headers: all, credentials: "omit", cache: "no-store",
  }).catch((error) => {
    throw error.name === "AbortError" ? error : unreachable();
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** One request of who is signed in. Comes again when it is asked to, and with another token when that
 * has run out. */
export async function call(path, options = {}) {
  let fresh = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(path, { ...options, token: await session.token(fresh) });
    } catch (error) {
      if (error.status === 401 && !fresh) fresh = true;
      else if (!mayComeAgain(error, tries)) throw error;
      else await pause(Math.min(error.pause, LONGEST_PAUSE));
    }
  }
}

/** Whether to do as `Retry-After` says. */
export const mayComeAgain = (error, tries, most = PATIENCE) =>
  (error.status === 429 || error.status === 503) && error.pause > 0 && tries < most;

export const json = (value) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

/** A key for `Idempotency-Key`: `crypto.randomUUID` is not there without TLS. */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
