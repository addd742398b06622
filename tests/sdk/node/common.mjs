// Replicas to talk to, and what all tests ask of an answer.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const SEED = '7';

// Told to end, the tests still end the replicas that they started.
const running = new Set();
process.once('SIGTERM', () => {
  for (const child of running) child.kill('SIGTERM');
  process.exit(1);
});

function ready(line) {
  const { base_url: url, key } = JSON.parse(line);
  return { url, key };
}

/** The healthy replica, which the script that runs us has started. */
export const replica = ready(process.env.SPIKEPROOF_REPLICA);

/** Runs `use` with a replica that has those faults. */
export async function faulty(faults, use) {
  const flags = faults.flatMap((fault) => ['--fault', fault]);
  const child = spawn(process.env.SPIKEPROOF, ['replica', '--seed', SEED, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.add(child);
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    return await use(ready(line));
  } finally {
    running.delete(child);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

/** Holds headers to what the gateway sends with every answer, and returns the request's id. */
export function envelope(headers) {
  const read = (name) => (headers.get ? headers.get(name) : headers[name]);
  for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-quota-remaining-credits']) {
    assert.ok(Number(read(name)) > 0, name);
  }
  assert.ok(Number(read('x-ratelimit-reset')) > 1_700_000_000);
  assert.match(read('x-request-id'), /^req_/);
  return read('x-request-id');
}

export async function all(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** Width and height from the header of a PNG. */
export function size(png) {
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

export const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};

export function isWeather(value) {
  assert.deepEqual(Object.keys(value).sort(), ['city', 'days']);
  assert.equal(typeof value.city, 'string');
  assert.ok(Number.isInteger(value.days));
}
