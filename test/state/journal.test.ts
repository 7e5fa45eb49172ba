import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event } from '../../src/events.ts';
import { openJournal, parseJournal, readJournal } from '../../src/state/journal.ts';
import { journey } from '../report/story.ts';
import { inWords } from '../helpers/reasons.ts';

/** An event that something is seen of by others: it waits for no other one. */
const MAY_WAIT = [
  'exchange-start',
  'attempt-start',
  'attempt-commit',
  'attempt-fail',
  'provider-cooldown',
  'quota-read',
];
const isAtOnce = ({ type }: Event) => ![...MAY_WAIT, 'exchange-price'].includes(type);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-journal-'));
  file = join(folder, 'sessions', '3f2a91.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the journal', () => {
  it('keeps every event, in order, for the user alone', async () => {
    const journal = openJournal(file);
    for (const event of journey()) journal.write(event);
    await journal.close();
    expect(await readJournal(file)).toEqual(journey());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'sessions'))).mode & 0o777).toBe(0o700);
  });

  it('is readable when it was torn at any byte', async () => {
    const wide = (event: Event): Event =>
      event.type === 'attempt-fail' ? { ...event, reason: inWords('warum – weshalb 🧵') } : event;
    const events = journey().slice(0, 12).map(wide);
    const journal = openJournal(file);
    for (const event of events) journal.write(event);
    await journal.close();
    const bytes = await readFile(file);
    const all = parseJournal(bytes.toString());
    expect(all).toHaveLength(events.length);
    const newlines = (end: number) => bytes.subarray(0, end).filter((byte) => byte === 10).length;
    for (let end = 0; end <= bytes.length; end += 1) {
      const kept = parseJournal(bytes.subarray(0, end).toString());
      // A line that lacks nothing but its end is whole.
      const whole = end > 0 && end < bytes.length && bytes[end] === 10 ? newlines(end) + 1 : newlines(end);
      expect(kept).toEqual(all.slice(0, whole));
    }
  });

  it('passes over what is no event of ours', () => {
    const text = [
      '{"type":"session-end","at":1,"exitCode":0}',
      '{"type":"event-of-tomorrow","at":2}',
      '{"type":"toString","at":2}',
      'null',
      '[]',
      '',
      '{"type":"session-end"}',
      '{"type":"session-end","at":3,"exitCode":1}',
    ].join('\n');
    expect(parseJournal(text).map(({ at }) => at)).toEqual([1, 3]);
  });

  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
        expect(parseJournal(lines.join('\n')).every((event) => typeof event.type === 'string')).toBe(true);
      }),
    );
  });

  it('reports a disk that cannot be written once, and never throws', async () => {
    await writeFile(join(folder, 'sessions'), 'a file where the folder should be');
    const faults: unknown[] = [];
    const journal = openJournal(file, { onFault: (fault) => faults.push(fault) });
    for (const event of journey()) journal.write(event);
    await journal.close();
    expect(faults).toHaveLength(1);
  });

  it('has whatever has happened on disk as soon as it is written, and what begins a moment later', async () => {
    const journal = openJournal(file);
    const onDisk = () => parseJournal(readFileSync(file, 'utf8')).length;
    const at = { at: 1, exchange: 1 };
    const start: Event = { ...at, type: 'attempt-start', attempt: 1, provider: 'claude' };
    const end: Event = { ...at, type: 'exchange-end', outcome: 'answered', totalMs: 1 };
    const price: Event = { ...at, type: 'exchange-price', provider: 'claude', usd: 1 };
    journal.write(start);
    journal.write(end);
    expect(onDisk()).toBe(2);
    journal.write(price);
    expect(onDisk()).toBe(2);
    await vi.waitFor(() => expect(onDisk()).toBe(3));
    for (const [index, event] of journey().filter(isAtOnce).entries()) {
      journal.write(event);
      expect(onDisk()).toBe(index + 4);
    }
    await journal.close();
  });

  it('writes what is told of one exchange in few writes', async () => {
    let writes = 0;
    const journal = openJournal(file, { clock: () => writes++ });
    const events = journey();
    for (const event of events) journal.write(event);
    await journal.close();
    // The clock is asked before and behind each.
    expect(writes / 2).toBeLessThanOrEqual(events.filter(isAtOnce).length + 1);
  });

  it('lets nobody wait for a slow disk, and says so once', async () => {
    // One slow write, as on a busy processor, then a disk that has become slow.
    const taken = [30, 1, ...Array.from({ length: journey().length }, () => 30)];
    let time = 0;
    let calls = 0;
    const clock = () => (time += calls++ % 2 === 0 ? 0 : taken.shift()!);
    const told: number[] = [];
    const journal = openJournal(file, { clock, onSlow: (ms) => told.push(ms) });
    const events = journey().filter(isAtOnce);
    for (const event of events.slice(0, 6)) journal.write(event);
    // At once, before anything that was put off can be written.
    expect(parseJournal(readFileSync(file, 'utf8'))).toHaveLength(5);
    for (const event of events.slice(6)) journal.write(event);
    await journal.close();
    expect(await readJournal(file)).toEqual(events);
    expect(told).toEqual([30]);
  });

  it('outlives a writer that is killed', async () => {
    const program = `
      import { openJournal } from ${JSON.stringify(new URL('../../src/state/journal.ts', import.meta.url).href)};
      const journal = openJournal(process.argv[1]);
      let at = 0;
      const more = () => { for (let i = 0; i < 50; i++) journal.write({ type: 'session-end', exitCode: 0, at: at++ }); setImmediate(more); };
      more();
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 150);`;
    await new Promise((done) => execFile(process.execPath, ['--input-type=module', '-e', program, file], done));
    const events = await readJournal(file);
    expect(events.length).toBeGreaterThan(0);
    expect(events.every((event, index) => event.at === index)).toBe(true);
  });
});
