// A service to be put under load, and how to speak with it.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';

// The options of a proof: `own` and those of all.
export function options(own) {
  const all = {
    binary: { type: 'string', default: 'target/release/filittle' },
    url: { type: 'string' },
    key: { type: 'string' },
    ...own,
  };
  return parseArgs({ options: all }).values;
}

// A service that runs, or one that is started in a new folder. `end` ends what was started.
export async function service({ binary, url, key }, variables = {}) {
  if (url) return { url, key, end: async () => {} };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'filittle-prove-'));
  const args = ['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data')];
  const env = { ...process.env, FILITTLE_LOG: 'warn', ...variables };
  const child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const said = {};
  for await (const line of readline.createInterface({ input: child.stdout })) {
    said.key ??= line.match(/FILITTLE_KEY=(\S+)/)?.[1];
    said.url = line.match(/listens on (\S+)/)?.[1];
    if (said.url) break;
  }
  if (!said.url) throw new Error('the service did not start');
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
    fs.rmSync(folder, { recursive: true });
  };
  return { url: said.url, key: said.key, pid: child.pid, end };
}

// One request. Answers status, head, body and how long it took; never throws.
export function ask(agent, { url, key }, method, route, { body, headers } = {}) {
  const began = performance.now();
  const done = (answer) => ({ ...answer, millis: performance.now() - began });
  return new Promise((resolve) => {
    const head = { authorization: `Bearer ${key}`, ...headers };
    if (body) head['content-length'] = body.length;
    const request = http.request(url + route, { method, agent, headers: head }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', (error) => resolve(done({ status: 0, error: error.message })));
      answer.on('end', () => {
        const { statusCode: status, headers } = answer;
        resolve(done({ status, headers, body: Buffer.concat(parts) }));
      });
    });
    request.on('error', (error) => resolve(done({ status: 0, error: error.message })));
    request.end(body);
  });
}

// A picture with the noise of a photo.
export function photo(width, height) {
  const file = path.join(os.tmpdir(), `filittle-prove-${process.pid}.jpg`);
  const size = `${width}x${height}`;
  execFileSync('convert', ['-size', size, '-seed', '7', 'plasma:tan-steelblue',
    '-attenuate', '0.4', '+noise', 'Gaussian', '-quality', '88', file]);
  const bytes = fs.readFileSync(file);
  fs.rmSync(file);
  return bytes;
}

// The value that this share of all is not above.
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

// The largest memory of a process so far, in MiB.
export function peak(pid) {
  const status = pid ? fs.readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Math.round(Number(status.match(/VmHWM:\s+(\d+)/)?.[1]) / 1024);
}

export const sleep = (millis) => new Promise((resolve) => { setTimeout(resolve, millis); });
