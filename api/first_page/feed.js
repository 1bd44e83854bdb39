// What happens to all jobs, as it happens: server-sent events over `fetch`, because `EventSource` cannot
// say who asks. A stream that was cut goes on behind the last event that came. While there is none, each
// try looks at the list instead, and so the page is never more than some seconds late.

import { call, pause } from "./api.js";

const SHORTEST = 2;
const LONGEST = 30;
/** A service that says nothing for so long, not even the comment of each 15 seconds, is gone. */
const SILENCE = 45_000;

/** Follows until `signal` says no more. `on.event` gets `(kind, data)`, `on.look` is called when events
 * may be missing, and `on.away` is told whether the service is. */
export async function follow(signal, on) {
  let last = null;
  let wait = SHORTEST;
  while (!signal.aborted) {
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal.addEventListener("abort", stop);
    try {
      const response = await open(last, cut.signal);
      on.away(false);
      wait = SHORTEST;
      if (last === null) looked(on);
      for await (const event of events(response.body, stop)) {
        last = event.id ?? last;
        if (event.data) on.event(event.kind, JSON.parse(event.data));
      }
    } catch (error) {
      if (signal.aborted) return;
      // The place in the feed is not known any more, or never was one.
      if (error.status === 400) last = null;
      on.away(!(await looked(on)));
    } finally {
      signal.removeEventListener("abort", stop);
      cut.abort();
    }
    await woken(wait, signal);
    wait = Math.min(wait * 2, LONGEST);
  }
}

function open(last, signal) {
  const headers = { Accept: "text/event-stream" };
  if (last !== null) headers["Last-Event-ID"] = last;
  return call("v1/events?history=false", { headers, signal });
}

const looked = (on) => on.look().then(() => true, () => false);

/** After so many seconds, or at once when the machine is on the network again. */
async function woken(seconds, signal) {
  const online = new Promise((done) => addEventListener("online", done, { once: true, signal }));
  await Promise.race([pause(seconds), online]);
}

/** The events of a body, as the HTML standard reads them (9.2.6). */
async function* events(body, onsilence) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { kind: "message" };
  for (;;) {
    const alarm = setTimeout(onsilence, SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(alarm));
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.trimEnd() === "") {
        yield event;
        event = { kind: "message" };
      } else read(line.trimEnd(), event);
    }
  }
}

function read(line, event) {
  const colon = line.indexOf(":");
  const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
  if (field === "event") event.kind = value;
  if (field === "id") event.id = value;
  if (field === "data") event.data = event.data ? `${event.data}\n${value}` : value;
}
