// Who is signed in: an access token, which lives for minutes, and a refresh token, which works once.
//
// They are in `sessionStorage`: it outlives a reload, and ends with the tab. `localStorage` would leave
// a token of a month on every machine where somebody forgot to sign out. Against a script that runs in
// this page no place would help; against that there is the policy that the page comes with.
//
// A refresh token that comes twice ends the session for all, so it belongs to one tab. The others ask
// that tab for access tokens. A copy of a tab finds out like this that it is one.

import { json, pause, randomKey, send } from "./api.js";

const PLACE = "filittle-session";
/** How long before its end a token is not used any more. */
const MARGIN = 30;
/** How long another tab may take to say that it is there, in milliseconds: it may be busy. */
const PRESENCE = 1000;
/** How long it may then take to lend a token: it may have to get one first. */
const LOAN = 30_000;
/** How long a new tab waits for a loan before it shows the door. One that comes later still opens it. */
const DOOR = 250;

const others = new BroadcastChannel("filittle");
const me = randomKey();
let held = null;
/** Settles when it is known whether another tab has the refresh token. */
let claimed = Promise.resolve();
let refreshing = null;
let onEnd = () => {};

others.onmessage = async ({ data }) => {
  if (!held || data.from === me) return;
  if (data.kind === "ended" && data.id === held.id) return leave();
  const isMeant = data.kind === "ask" && held.refresh && (!data.id || data.id === held.id);
  if (!isMeant) return;
  others.postMessage({ kind: "here", to: data.from });
  await token().catch(() => {});
  if (held) others.postMessage({ kind: "lend", to: data.from, ...held, refresh: null });
};

/** Takes up a session of before a reload, or that another tab has; whether there is one. `ended` is
 * called when it ends, `lent` when another tab brings one later. */
export async function resume(ended, lent) {
  onEnd = ended;
  held = JSON.parse(sessionStorage.getItem(PLACE));
  claimed = ask(held?.id ?? null).then((loan) => {
    const isGood = loan && (!held || held.id === loan.id);
    if (isGood) keep(loan);
    return isGood;
  });
  if (held) return true;
  if (await Promise.race([claimed, pause(DOOR / 1000)])) return true;
  claimed.then((isLent) => isLent && lent());
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

/** Ends the session here and in all tabs. The service is told by the tab with the refresh token; when
 * that tab is closed, nobody has one. */
export async function close() {
  if (!held) return;
  others.postMessage({ kind: "ended", id: held.id });
  await leave();
}

async function leave() {
  const { refresh } = held;
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
  const before = held;
  try {
    const response = await send("v1/token/refresh", json({ refresh_token: before.refresh }));
    const tokens = told(await response.json());
    if (held !== before) throw new Error("somebody signed out meanwhile");
    keep({ ...before, ...tokens });
  } catch (error) {
    if (error.status === 401) end();
    throw error;
  }
}

/** What the tab with the refresh token lends; nothing when there is none. */
function ask(id) {
  return new Promise((done) => {
    let alarm = setTimeout(() => settle(null), PRESENCE);
    const listen = ({ data }) => {
      if (data.to !== me) return;
      if (data.kind === "lend") settle({ id: data.id, access: data.access, until: data.until, refresh: null });
      if (data.kind !== "here") return;
      clearTimeout(alarm);
      alarm = setTimeout(() => settle(null), LOAN);
    };
    const settle = (loan) => {
      clearTimeout(alarm);
      others.removeEventListener("message", listen);
      done(loan);
    };
    others.addEventListener("message", listen);
    others.postMessage({ kind: "ask", from: me, id });
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
