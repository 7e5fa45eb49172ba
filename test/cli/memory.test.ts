import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runMemoryShow } from '../../src/cli/memory.ts';
import type { EventOf } from '../../src/events.ts';
import { openJournal } from '../../src/state/journal.ts';
import { journalFile } from '../../src/state/store.ts';
import { journey, START } from '../report/story.ts';
import { fakeIo } from './io.ts';

/** What `ccmux memory show` prints of a session's journal. */

const NOTE = '<handoff-note by="ccmux">\n[t1 thinking] Line 487.\n</handoff-note>';
const SENT: EventOf<'memory-note'> = {
  type: 'memory-note',
  at: START + 1_000,
  exchange: 1,
  provider: 'gemini',
  tokens: 2310,
  passages: 18,
  of: 61,
  thoughts: 14,
};

async function show(notes: EventOf<'memory-note'>[], note = false) {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const journal = openJournal(journalFile(join(folder, 'ccmux', 'sessions'), '20261122-140000-3f2a'));
  for (const event of [...journey(), ...notes]) journal.write(event);
  await journal.close();
  const { io, written } = fakeIo({ XDG_STATE_HOME: folder, HOME: '/home/ada' });
  const code = await runMemoryShow({ note }, io);
  return { code, out: written.out };
}

it('shows each note with what it held', async () => {
  expect(await show([{ ...SENT, text: NOTE }])).toEqual({
    code: 0,
    out: `Gemini got a note of the session (2,310 tokens) · 18 of 61 passages that the transcript lacks, 14 thoughts of Claude's among them\n\n${NOTE}\n`,
  });
});

it('shows the last note alone, byte for byte', async () => {
  const { out } = await show(
    [
      { ...SENT, text: 'before' },
      { ...SENT, text: NOTE },
    ],
    true,
  );
  expect(out).toBe(NOTE);
});

it('says that a note was not kept', async () => {
  expect((await show([SENT])).out).toContain('report.previews is off');
});

it('says that there was none', async () => {
  const { code, out } = await show([]);
  expect([code, out]).toEqual([1, expect.stringMatching(/^No note was sent/)]);
});
