// Many connections that drip: heads that do not end, bodies that hardly come, answers that are not
// taken, one third each. Meanwhile somebody else works; the 99th percentile of their answers must stay
// under half a second.

import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { ask, options, quantile, service, sleep } from './service.mjs';

const GOAL_MILLIS = 500;
const DRIP_MILLIS = 2000;
const MUCH = Buffer.alloc(8 << 20, 'x');

const asked = options({
  connections: { type: 'string', default: '2000' },
  seconds: { type: 'string', default: '60' },
});
const there = await service(asked);
const agent = new http.Agent({ keepAlive: true });
const { hostname, port } = new URL(there.url);
const end = performance.now() + Number(asked.seconds) * 1000;
const counts = { opened: 0, closed_by_service: 0 };

// The slow ones are one account, and who works is another.
const account = Buffer.from(JSON.stringify({
  email: `slow-${process.pid}@example.org`, password: 'slow and steady',
}));
const json = { 'content-type': 'application/json' };
await ask(agent, there, 'POST', '/v1/register', { body: account, headers: json });
const login = await ask(agent, there, 'POST', '/v1/login', { body: account, headers: json });
const { access_token: token } = JSON.parse(login.body);
const own = { url: there.url, key: token };

const upload = await ask(agent, own, 'PUT', '/v1/files?name=much', { body: MUCH });
const much = `/v1/files/${JSON.parse(upload.body).items[0].id}/content`;
const signed = `host: x\r\nauthorization: Bearer ${token}\r\n`;

// What each kind sends first, and then a byte of now and then.
const kinds = [
  { first: 'GET /livez HTTP/1.1\r\nhost: x\r\nx-drip: ', drip: 'y' },
  { first: `PUT /v1/files HTTP/1.1\r\n${signed}content-length: 100000\r\n\r\n`, drip: 'y' },
  { first: `GET ${much} HTTP/1.1\r\n${signed}\r\n`, drip: '' },
];

async function slow(kind) {
  while (performance.now() < end) {
    const socket = net.connect(Number(port), hostname);
    const gone = new Promise((resolve) => { socket.on('close', resolve); });
    socket.on('error', () => {});
    socket.on('connect', () => { counts.opened += 1; });
    if (kind.drip) socket.resume();
    else socket.pause();
    socket.write(kind.first);
    const dripping = setInterval(() => kind.drip && socket.write(kind.drip), DRIP_MILLIS);
    const over = sleep(Math.max(0, end - performance.now()));
    const closed = await Promise.race([gone.then(() => true), over]);
    clearInterval(dripping);
    if (closed) counts.closed_by_service += 1;
    socket.destroy();
    // A client that was thrown out does not come back at once.
    await sleep(500);
  }
}

const rss = () => {
  const status = there.pid ? fs.readFileSync(`/proc/${there.pid}/status`, 'utf8') : '';
  return Math.round(Number(status.match(/VmRSS:\s+(\d+)/)?.[1]) / 1024);
};
const before = rss();
const slows = Array.from({ length: Number(asked.connections) }, (_, at) => slow(kinds[at % 3]));
const times = [];
const refused = {};
let most = 0;
while (performance.now() < end) {
  const file = await ask(agent, there, 'PUT', '/v1/files?name=a.txt', { body: Buffer.from('text') });
  const list = await ask(agent, there, 'GET', '/v1/jobs?limit=5');
  const live = await ask(agent, there, 'GET', '/livez');
  for (const answer of [file, list, live]) {
    times.push(answer.millis);
    if (answer.status < 200 || answer.status > 299) {
      const why = answer.status || answer.error;
      refused[why] = (refused[why] ?? 0) + 1;
    }
  }
  most = Math.max(most, rss());
  await sleep(20);
}
const at = (share) => Number(quantile(times, share).toFixed(1));
console.log(JSON.stringify({
  slow_connections: Number(asked.connections),
  ...counts,
  answers_of_others: times.length,
  refused_of_others: refused,
  ms: { p50: at(0.5), p99: at(0.99), max: at(1) },
  service_mib: { before, most },
  machine_load: os.loadavg().map((load) => Number(load.toFixed(1))),
}, null, 1));
process.exitCode = at(0.99) < GOAL_MILLIS ? 0 : 1;
agent.destroy();
await there.end();
await Promise.all(slows);
