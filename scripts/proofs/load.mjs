// Uploads and submits at a fixed rate, whatever the service answers, and polls each job to its end.
// The time of an answer counts from when its request was due, so that a service that stalls is not
// asked less.

import http from 'node:http';
import os from 'node:os';
import { ask, options, peak, photo, quantile, service, sleep } from './service.mjs';

const POLL_MILLIS = 500;
const PATIENCE_MILLIS = 120_000;
const GOAL_MILLIS = 100;
const STEP_SECONDS = 40;

const asked = options({
  'per-minute': { type: 'string', default: '1000' },
  minutes: { type: 'string', default: '10' },
  break: { type: 'boolean', default: false },
});
const there = await service(asked);
const agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
const bytes = photo(1024, 768);
const order = (file) => Buffer.from(JSON.stringify({
  inputs: [{ file }],
  steps: [{ op: 'dither', levels: 2 }],
}));

// One upload with its submit, and then polls. What it saw goes into `seen`.
async function one(seen, due) {
  const upload = await ask(agent, there, 'PUT', '/v1/files?name=photo.jpg', { body: bytes });
  if (upload.status !== 201) return refuse(seen, upload);
  const { id } = JSON.parse(upload.body).items[0];
  const uploaded = performance.now();
  const submit = await ask(agent, there, 'POST', '/v1/jobs', { body: order(id) });
  if (submit.status !== 202) return refuse(seen, submit);
  seen.accepted.push(submit.millis);
  seen.both.push(performance.now() - due);
  seen.open += 1;
  const job = JSON.parse(submit.body);
  while (performance.now() - uploaded < PATIENCE_MILLIS) {
    await sleep(POLL_MILLIS);
    const poll = await ask(agent, there, 'GET', `/v1/jobs/${job.id}`);
    if (poll.status !== 200) {
      seen.polls_refused += 1;
      continue;
    }
    seen.polls.push(poll.millis);
    const { state, created_at: created, finished_at: finished } = JSON.parse(poll.body);
    if (finished) {
      seen.open -= 1;
      seen.ended[state] = (seen.ended[state] ?? 0) + 1;
      seen.work.push(new Date(finished) - new Date(created));
      return undefined;
    }
  }
  seen.lost += 1;
  return undefined;
}

function refuse(seen, answer) {
  const why = answer.status || answer.error;
  seen.refused[why] = (seen.refused[why] ?? 0) + 1;
}

async function run(perMinute, seconds) {
  const seen = {
    accepted: [], both: [], polls: [], work: [], backlog: [], refused: {}, ended: {},
    open: 0, lost: 0, polls_refused: 0,
  };
  const all = [];
  const began = performance.now();
  const count = Math.round((perMinute * seconds) / 60);
  const watch = setInterval(() => seen.backlog.push(seen.open), 1000);
  for (let number = 0; number < count; number += 1) {
    const due = began + (number * 60_000) / perMinute;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    all.push(one(seen, due));
  }
  clearInterval(watch);
  await Promise.all(all);
  return report(perMinute, count, seen);
}

function report(perMinute, count, seen) {
  const ms = (values, share) => Number(quantile(values, share).toFixed(1));
  const both = (values) => ({ p50: ms(values, 0.5), p99: ms(values, 0.99), max: ms(values, 1) });
  const tenth = Math.max(1, Math.floor(seen.backlog.length / 10));
  const mean = (values) => Number((values.reduce((a, b) => a + b, 0) / values.length).toFixed(1));
  return {
    per_minute: perMinute,
    sent: count,
    accepted: seen.accepted.length,
    refused: seen.refused,
    lost: seen.lost,
    ended: seen.ended,
    ms_of_202: both(seen.accepted),
    ms_of_upload_and_202_since_due: both(seen.both),
    ms_of_poll: both(seen.polls),
    polls: seen.polls.length,
    polls_refused: seen.polls_refused,
    ms_from_submit_to_end: both(seen.work),
    open_jobs: {
      first_tenth: mean(seen.backlog.slice(0, tenth)),
      last_tenth: mean(seen.backlog.slice(-tenth)),
      most: Math.max(...seen.backlog),
    },
    service_peak_mib: peak(there.pid),
    machine_load: os.loadavg().map((load) => Number(load.toFixed(1))),
  };
}

// What a report breaks of the promise.
function broken(told) {
  const why = [];
  if (Object.keys(told.refused).length > 0) why.push(`refused: ${JSON.stringify(told.refused)}`);
  if (told.lost > 0) why.push(`${told.lost} without an end`);
  if ((told.ended.succeeded ?? 0) !== told.accepted) why.push('not all succeeded');
  if (told.ms_of_202.p99 >= GOAL_MILLIS) why.push(`p99 of the 202 is ${told.ms_of_202.p99} ms`);
  const { first_tenth: first, last_tenth: last } = told.open_jobs;
  // Of two seconds' worth nobody can say whether it grows.
  if (last > first + told.per_minute / 30) why.push(`open jobs grow: ${first} to ${last}`);
  return why;
}

const tell = (told) => console.log(JSON.stringify(told, null, 1));
let why;
try {
  console.log(`machine load before: ${os.loadavg().map((load) => load.toFixed(1)).join(' ')}`);
  await run(600, 5); // Warms both sides up.
  const told = await run(Number(asked['per-minute']), Number(asked.minutes) * 60);
  tell(told);
  why = broken(told);
  console.log(why.length ? `BROKEN: ${why.join('; ')}` : 'held');
  for (let rate = 2000; asked.break; rate = Math.round(rate * 1.25)) {
    const step = await run(rate, STEP_SECONDS);
    const reasons = broken(step);
    console.log(`${rate}/min: ${reasons.length ? reasons.join('; ') : 'held'}`);
    if (reasons.length) {
      tell(step);
      break;
    }
  }
} finally {
  await there.end();
}
agent.destroy();
process.exitCode = why?.length === 0 ? 0 : 1;
