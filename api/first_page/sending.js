// A job on its way to the service: what is seen of it, and the key that makes it one job however often
// it is sent.

import { randomKey } from "./api.js";
import { button, byId, make, say } from "./dom.js";
import { names, size } from "./units.js";
import { submit } from "./upload.js";

/** What was sent and got no answer: it may have arrived, so the same comes with the same key. */
let unanswered = null;
let stopper = null;

/** Sends; answers the job, or nothing when it was ended by hand. */
export async function sendOff(files, job) {
  stopper = new AbortController();
  const title = names(files.map((file) => file.name));
  const { row, told } = sendingRow(title, files);
  byId("sending").prepend(row);
  say(`Sending ${title}`);
  unanswered = again(files, job) ?? { files, job: JSON.stringify(job), key: randomKey() };
  addEventListener("beforeunload", warn);
  try {
    const made = await submit(files, job, unanswered.key, told);
    unanswered = null;
    return made;
  } catch (error) {
    if (isAnswer(error)) unanswered = null;
    if (error.name !== "AbortError") throw error;
    say(`${title} is not sent`);
    return null;
  } finally {
    removeEventListener("beforeunload", warn);
    leave(row);
  }
}

/** Ends what is being sent, if anything is. */
export const stopSending = () => stopper?.abort();

/** Browsers ask before a page goes that says so. */
const warn = (event) => event.preventDefault();

function again(files, job) {
  const isSame =
    unanswered?.job === JSON.stringify(job) &&
    unanswered.files.length === files.length &&
    files.every((file, index) => file === unanswered.files[index]);
  return isSame ? unanswered : null;
}

/** Whether nothing was made for sure. With 409 the first one is still on its way. */
const isAnswer = ({ status }) => status >= 400 && status < 500 && status !== 409;

function sendingRow(title, files) {
  const before = files.reduce((sum, file) => sum + file.size, 0);
  const bar = make("progress", { max: 1, value: 0, "aria-label": `Sending ${title}` });
  const words = make("span", { className: "hint" }, "0 %");
  const cancel = button("Cancel", stopSending, { "aria-label": `Cancel sending ${title}` });
  const head = make("div", { className: "head" }, make("h3", {}, title), words);
  const row = make("li", { className: "card" }, head, bar, make("div", { className: "actions" }, cancel));
  const told = {
    signal: stopper.signal,
    onsent: (part) => {
      bar.value = part;
      words.textContent = `${Math.floor(part * 100)} % of ${size(before)}`;
    },
    onwait: (seconds) => (words.textContent = `The service is busy; going on in ${seconds} s`),
  };
  return { row, told };
}

/** What had the focus gives it to where the next thing is done. */
function leave(row) {
  if (row.contains(document.activeElement)) byId("files").focus();
  row.remove();
}
