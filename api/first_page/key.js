// A key for the lines with curl, made on demand and shown once.

import { call, json, randomKey } from "./api.js";
import { copyButton } from "./curl.js";
import { button, byId, showProblem } from "./dom.js";

export function prepareKey() {
  const done = button("Done", () => {
    forgetKey();
    byId("key-make").focus();
  });
  byId("key-actions").append(copyButton(byId("key-line"), "API key"), done);
  byId("key-make").addEventListener("click", make);
}

export function forgetKey() {
  byId("key").hidden = true;
  byId("key-line").textContent = "";
}

async function make() {
  showProblem(byId("key-problem"), null);
  const request = json({ name: `made in a browser, ${new Date().toISOString().slice(0, 10)}` });
  request.headers["Idempotency-Key"] = randomKey();
  try {
    const { key } = await (await call("v1/api-keys", request)).json();
    byId("key-line").textContent = `export FILITTLE_KEY=${key}`;
  } catch (error) {
    showProblem(byId("key-problem"), error.problem ?? { detail: error.message });
  }
  byId("key").hidden = false;
  byId("key-title").focus();
}
