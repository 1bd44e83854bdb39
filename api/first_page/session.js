// Who is signed in: an access token, which lives for minutes, and a refresh token, which works once.
//
// They are in `sessionStorage`: it outlives a reload, and ends with the tab. `localStorage` would leave
// a token of a month on every machine where somebody forgot to sign out. Against a script that runs in
// this page no place would help; against that there is the policy that the page comes with.
//
// A refresh token that comes twice ends the session for all, so it belongs to one tab. The others ask
// that tab for access tokens. A copy of a tab finds out like this that it is one.

import { json, randomKey, send } from "./api.js";

const PLACE = "filittle-session";
/** How long before its end a token is not used any more. */
const MARGIN = 30;
/** How long another tab may think about an answer. */
const PATIENCE = 250;

const others = new BroadcastChannel("filittle");
const me = randomKey();
let held = null;
/** Settles when it is known whether another tab has the refresh token. */
let claimed = Promise.resolve();
let refreshing = null;
let onEnd = () => {};

others.onmessage = async ({ data }) => {
  if (data.kind === "ended" && (!held || data.id === held.id)) end();
  const isMine = held?.refresh && data.from !== me;
  if (data.kind !== "ask" || !isMine || (data.id && data.id !== held.id)) return;
  await token().catch(() => {});
  if (held) others.postMessage({ kind: "lend", to: data.from, ...held, refresh: null });
};

/** Takes up a session of before a reload, or that another tab has; whether there is one. */
export async function resume(ended) {
  onEnd = ended;
  held = JSON.parse(sessionStorage.getItem(PLACE));
  const answer = ask(held?.id ?? null);
  claimed = answer.then((lent) => lent && (!held || held.id === lent.id) && keep(lent));
  if (!held) await claimed;
  return held !== null;
}

/** Opens a session by what `POST /v1/login` takes. */
export async function open(credentials) {
  const response = await send("v1/login", json(credentials));
  keep({ id: randomKey(), ...told(await response.json()) });
}

/** An access token that is good for a while. `fresh`: not the one of before. */
export async function token(fresh = false) {
  if (!held) throw new Error("nobody is signed in");
  if (!fresh && held.until - MARGIN * 1000 > Date.now()) return held.access;
  refreshing ??= renew().finally(() => (refreshing = null));
  await refreshing;
  return held.access;
}

/** Ends the session here and in all tabs. */
export async function close() {
  const { id, refresh } = held ?? {};
  others.postMessage({ kind: "ended", id });
  end();
  if (refresh) await send("v1/logout", json({ refresh_token: refresh })).catch(() => {});
}

async function renew() {
  await claimed;
  if (!held?.refresh) {
    const lent = await ask(held?.id);
    if (lent) return keep(lent);
    end();
    throw new Error("the tab that was signed in is closed");
  }
  try {
    const response = await send("v1/token/refresh", json({ refresh_token: held.refresh }));
    keep({ ...held, ...told(await response.json()) });
  } catch (error) {
    if (error.status === 401) end();
    throw error;
  }
}

/** What the tab with the refresh token lends; nothing when there is none. */
function ask(id) {
  return new Promise((done) => {
    const listen = ({ data }) => data.kind === "lend" && data.to === me && settle(data);
    const settle = (data) => {
      others.removeEventListener("message", listen);
      done(data && { id: data.id, access: data.access, until: data.until, refresh: null });
    };
    others.addEventListener("message", listen);
    others.postMessage({ kind: "ask", from: me, id });
    setTimeout(settle, PATIENCE, null);
  });
}

const told = (tokens) => ({
  access: tokens.access_token,
  refresh: tokens.refresh_token,
  until: Date.now() + tokens.expires_in * 1000,
});

function keep(session) {
  held = session;
  sessionStorage.setItem(PLACE, JSON.stringify(session));
}

function end() {
  held = null;
  sessionStorage.removeItem(PLACE);
  onEnd();
}
