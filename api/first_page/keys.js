// Keys for curl and for programs: which there are, a new one, which is shown once, and their end.

import { call, json, randomKey } from "./api.js";
import { copyButton } from "./curl.js";
import { button, byId, make, say, showProblem, sureButton } from "./dom.js";
import { when } from "./units.js";

/** As many as the service lists at once; who has more deletes some first. */
const LISTED = 100;

let isMaking = false;
/** Of the key that is shown. */
let shown = null;

export function prepareKeys() {
  const done = button("Done", () => {
    forgetKey();
    byId("key-make").focus();
  });
  byId("key-actions").append(copyButton(byId("key-line"), "API key"), done);
  byId("key-make").addEventListener("click", () => attempt(makeKey));
  const keys = byId("keys");
  keys.addEventListener("toggle", () => keys.open && attempt(list));
  byId("keys-open").addEventListener("click", () => {
    keys.open = true;
    keys.querySelector("summary").focus();
  });
}

/** Who leaves, leaves nothing here. */
export function closeKeys() {
  forgetKey();
  byId("keys").open = false;
  byId("keys-list").replaceChildren();
  showProblem(byId("keys-problem"), null);
}

function forgetKey() {
  shown = null;
  byId("key").hidden = true;
  byId("key-line").textContent = "";
}

async function list() {
  const { items, next_cursor: more } = await (await call(`v1/api-keys?limit=${LISTED}`)).json();
  const rest = more ? [make("li", {}, `Only the newest ${LISTED} are shown.`)] : [];
  byId("keys-list").replaceChildren(...items.map(row), ...rest);
}

async function makeKey() {
  // One for a double click.
  if (isMaking) return;
  isMaking = true;
  await newKey().finally(() => (isMaking = false));
  await list();
}

async function newKey() {
  const request = json({ name: `made in a browser, ${new Date().toISOString().slice(0, 10)}` });
  request.headers["Idempotency-Key"] = randomKey();
  const { id, key } = await (await call("v1/api-keys", request)).json();
  shown = id;
  byId("key-line").textContent = `export FILITTLE_KEY=${key}`;
  byId("key").hidden = false;
  byId("key-line").focus();
}

function row(key) {
  const used = key.last_used_at ? `last used ${when(key.last_used_at)}` : "not used yet";
  const end = key.expires_at ? `, ends ${when(key.expires_at)}` : "";
  const about = make("span", { className: "hint" }, `${key.prefix}…, made ${when(key.created_at)}, ${used}${end}`);
  const remove = sureButton("Delete", `${key.name}, ${key.prefix}`, () => attempt(() => removeKey(key, item)));
  const item = make("li", {}, make("div", {}, make("span", { className: "name" }, key.name), about), remove);
  return item;
}

async function removeKey({ id, name }, item) {
  await call(`v1/api-keys/${id}`, { method: "DELETE" }).catch((error) => {
    // Somebody else was quicker.
    if (error.status !== 404) throw error;
  });
  if (id === shown) forgetKey();
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  (next?.querySelector("button") ?? byId("key-make")).focus();
  say(`${name} is deleted`);
}

async function attempt(action) {
  showProblem(byId("keys-problem"), null);
  try {
    await action();
  } catch (error) {
    showProblem(byId("keys-problem"), error.problem ?? { detail: error.message });
  }
}
