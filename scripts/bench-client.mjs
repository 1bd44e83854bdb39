// One kind of job, over and over: bench-client.mjs URL KEY KIND FILE CLIENTS SECONDS
//
// Each client uploads FILE (not for "noop", which uses one file for all), submits, polls every
// 10 ms until the job has ended, and downloads the result. Prints one line of JSON.

import fs from 'node:fs';
import http from 'node:http';

const [url, key, kind, path, clients, seconds] = process.argv.slice(2);
const steps = {
  noop: [{ op: 'compress', format: 'zstd' }],
  dither: [{ op: 'dither', extract: 16 }],
  'dither-fixed': [{
    op: 'dither',
    colors: ['000000', '800000', '008000', '808000', '000080', '800080', '008080', 'c0c0c0',
      '808080', 'ff0000', '00ff00', 'ffff00', '0000ff', 'ff00ff', '00ffff', 'ffffff'],
  }],
  resize: [
    { op: 'resize', width: 800 },
    { op: 'convert', format: 'jpeg', quality: 80 },
  ],
}[kind];
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(clients) });
const bytes = fs.readFileSync(path);

function ask(method, route, body, type) {
  const headers = { authorization: `Bearer ${key}` };
  if (body) Object.assign(headers, { 'content-type': type, 'content-length': body.length });
  return new Promise((resolve, reject) => {
    const request = http.request(url + route, { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const all = Buffer.concat(parts);
        if (answer.statusCode >= 300) reject(new Error(`${answer.statusCode} ${all}`));
        else resolve(all);
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const json = async (...arguments_) => JSON.parse(await ask(...arguments_));
const upload = async () => (await json('PUT', '/v1/files?name=a', bytes, 'application/octet-stream')).items[0].id;

const shared = kind === 'noop' ? await upload() : null;
const times = [];
let received = 0;

async function one() {
  const began = performance.now();
  const order = { inputs: [{ file: shared ?? await upload() }], steps };
  let job = await json('POST', '/v1/jobs', Buffer.from(JSON.stringify(order)), 'application/json');
  while (job.state === 'queued' || job.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 10));
    job = await json('GET', `/v1/jobs/${job.id}`);
  }
  if (job.state !== 'succeeded') throw new Error(JSON.stringify(job));
  received += (await ask('GET', `/v1/jobs/${job.id}/outputs/0`)).length;
  times.push(performance.now() - began);
}

const began = performance.now();
const end = began + seconds * 1000;
await Promise.all(Array.from({ length: Number(clients) }, async () => {
  while (performance.now() < end) await one();
}));
const elapsed = (performance.now() - began) / 1000;
times.sort((a, b) => a - b);
const at = (share) => Number(times[Math.floor((times.length - 1) * share)].toFixed(1));
console.log(JSON.stringify({
  kind,
  jobs: times.length,
  per_second: Number((times.length / elapsed).toFixed(1)),
  p50_ms: at(0.5),
  p99_ms: at(0.99),
  bytes_each: Math.round(received / times.length),
}));
agent.destroy();
