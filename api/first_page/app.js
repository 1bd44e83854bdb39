// Begins the page: who is here, and what this service can do.

import { call, send } from "./api.js";
import { byId, say } from "./dom.js";
import { closeJobs, openJobs, prepareJobs } from "./jobs.js";
import { closeKeys, prepareKeys } from "./keys.js";
import { closeOrder, offerMail, prepareOrder } from "./order.js";
import * as session from "./session.js";
import { enterByLink, prepareDoor, showDoor, takeFragment, verify } from "./sign_in.js";

const fragment = takeFragment();

async function begin() {
  const limits = await (await send("v1/limits")).json();
  prepareDoor(limits, enter);
  prepareOrder(limits);
  prepareJobs();
  prepareKeys();
  byId("sign-out").addEventListener("click", () => session.close());
  await arrive(fragment);
}

/** By what stood behind the `#`, or as before. */
async function arrive({ token, verify: address }) {
  const news = address ? await verify(address) : "";
  const isHere = await session.resume(leave, () => enter().catch(() => {}));
  const refused = token ? await enterByLink(token) : "";
  byId("loading").hidden = true;
  if (isHere || (token && !refused)) await enter(refused || news);
  else showDoor(refused || news);
}

async function enter(news = "") {
  const me = await (await call("v1/me")).json();
  byId("who").textContent = me.name ?? me.email;
  offerMail(me);
  byId("door").hidden = true;
  byId("account").hidden = false;
  byId("desk").hidden = false;
  byId("news").textContent = news;
  byId("main").focus({ preventScroll: true });
  closeJobs();
  openJobs();
}

/** The session has ended, here or in another tab. */
function leave() {
  closeOrder();
  closeJobs();
  closeKeys();
  byId("news").textContent = "";
  say("");
  byId("account").hidden = true;
  byId("desk").hidden = true;
  showDoor("You are signed out.");
}

// A link may be opened in a tab that has the page already.
addEventListener("hashchange", () => {
  const { token, verify } = takeFragment();
  if (token || verify) arrive({ token, verify });
});

begin().catch((error) => {
  byId("loading").hidden = true;
  byId("away").textContent = `The page cannot begin: ${error.message} Load it again.`;
});
