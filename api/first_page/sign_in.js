// The door: by address and password, by a link of `filittle admin link`, and for new accounts.

import { ROOT, json, send } from "./api.js";
import { curlDetails, quoted } from "./curl.js";
import { byId, showProblem } from "./dom.js";
import * as session from "./session.js";

const WRONG = { detail: "The address or the password is wrong." };
const OLD =
  "This link was used already, or its time is over. If your address is still to be verified, another mail comes after you sign in.";
const NAMES = { "/email": "Address", "/password": "Password" };

let entered = () => {};
let isNew = false;

/** Prepares the door; `enter` is called when somebody is signed in. */
export function prepareDoor(limits, enter) {
  entered = enter;
  byId("door-form").addEventListener("submit", (event) => {
    event.preventDefault();
    tryDoor();
  });
  byId("door-switch").addEventListener("click", () => show(!isNew));
  byId("other-door").hidden = limits?.accounts?.registration !== "open";
  byId("door").append(curlDetails("Sign in with curl", loginLines));
}

/** What stands behind the `#` of a link, taken out of the address before anything else: addresses are
 * kept in histories. */
export function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const [token, verify] = [fragment.get("token"), fragment.get("verify")];
  if (token || verify) history.replaceState(null, "", location.pathname + location.search);
  return { token, verify };
}

export function showDoor(news = "") {
  byId("door").hidden = false;
  byId("door-news").textContent = news;
  byId("email").focus();
}

/** Whether the one-time token of a link opened a session; tells why not. */
export async function enterByLink(token) {
  try {
    await session.open({ one_time_token: token });
    return "";
  } catch (error) {
    if (error.status !== 401) return error.message;
    return "This link was used, or its time is over. `filittle admin link` prints another.";
  }
}

/** What came of a verification mail's link. */
export async function verify(token) {
  try {
    await send("v1/verify", json({ token }));
    return "Your address is verified: mails of your jobs come there.";
  } catch (error) {
    // It may be verified all the same: links are opened twice, by people and by what guards them.
    const isOld = error.status === 404 || error.status === 410;
    return isOld ? OLD : `Your address is not verified. ${error.message}`;
  }
}

async function tryDoor() {
  const [email, password] = [byId("email"), byId("password")];
  showProblem(byId("door-problem"), null);
  const empty = [email, password].find((field) => !field.value);
  if (empty) {
    const what = empty === email ? "an address" : "a password";
    showProblem(byId("door-problem"), { detail: `Enter ${what}.` });
    return empty.focus();
  }
  const credentials = { email: email.value.trim(), password: password.value };
  byId("door-form").setAttribute("aria-busy", "true");
  try {
    if (isNew) await send("v1/register", json(credentials));
    await session.open(credentials);
    password.value = "";
    show(false);
    await entered();
  } catch (error) {
    const problem = error.status === 401 ? WRONG : (error.problem ?? { detail: error.message });
    showProblem(byId("door-problem"), problem, (pointer) => NAMES[pointer] ?? pointer);
    password.focus();
  } finally {
    byId("door-form").removeAttribute("aria-busy");
  }
}

function show(asNew) {
  isNew = asNew;
  const word = isNew ? "Make an account" : "Sign in";
  byId("door-title").textContent = word;
  byId("door-go").textContent = word;
  byId("door-switch").textContent = isNew ? "Sign in instead" : "Make an account";
  byId("door-hint").hidden = isNew;
  byId("door-news").textContent = "";
  byId("password").autocomplete = isNew ? "new-password" : "current-password";
  showProblem(byId("door-problem"), null);
}

const loginLines = () => {
  const email = byId("email").value.trim() || "you@example.org";
  const body = `"{\\"email\\":\\"${email.replace(/["$`\\]/g, "")}\\",\\"password\\":\\"$FILITTLE_PASSWORD\\"}"`;
  return [["Sign in", `curl -sS -d ${body} ${quoted(`${ROOT}v1/login`)}`]];
};
