import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createStage } from '../../src/demo/stage.ts';

/** The demo on a narrow terminal: no line is broken in the middle of a word by the terminal itself. */

const PROSE =
  'Reproduced: if two clients pay order 4711 at once, both are charged, and neither of them hears of the other. ';

async function played(columns: number): Promise<string[]> {
  let text = '';
  const stage = createStage((more) => void (text += more), columns, '/tmp/seats');
  stage.opening(PROSE);
  stage.act("2 of 4 · Claude's thinking hidden, memory on");
  await stage.turn('11 min', PROSE, 0);
  stage.thought(PROSE);
  stage.show({ type: 'stream_event', event: { type: 'message_start', message: { model: 'claude-sonnet-5-5' } } });
  for (const word of PROSE.split(/(?<= )/))
    stage.show({
      type: 'stream_event',
      event: { type: 'content_block_delta', delta: { type: 'text_delta', text: word } },
    });
  const command = 'node --test --test-reporter=tap | grep -E "^# (tests|pass|fail)"';
  stage.show({
    type: 'assistant',
    message: { content: [{ type: 'tool_use', name: 'Bash', input: { command } }] },
  });
  const content = 'src/reserve.js:4:  const owner = await store.get(seat); // here';
  stage.show({ type: 'user', message: { content: [{ type: 'tool_result', content }] } });
  stage.notice(`ccmux: ${PROSE}`);
  stage.show({ type: 'stream_event', event: { type: 'message_start', message: { model: 'gemini-pro-latest' } } });
  stage.credit();
  stage.note(PROSE);
  stage.aside('error', PROSE);
  stage.aside('shell', 'ccmux use gemini');
  return stripVTControlCharacters(text).split('\n');
}

describe.each([40, 60, 80, 200])('on %i columns', (columns) => {
  it('every line fits', async () => {
    const lines = await played(columns);
    expect(lines.filter((line) => stringWidth(line.trimEnd()) > Math.min(columns, 80))).toEqual([]);
  });

  it('nothing of what is said is lost', async () => {
    const text = (await played(columns)).join(' ').replaceAll(/[\s┃]+/g, ' ');
    expect(text.split(PROSE.trim())).toHaveLength(8);
  });
});

it('says with … that a command goes on', async () => {
  expect((await played(40)).find((line) => line.includes('Bash'))?.trim()).toMatch(/^● Bash node --test.*…$/);
});

it('a notice breaks no word, and comes behind the last one of a text', () => {
  let text = '';
  const stage = createStage((more) => void (text += more), 80, '/tmp/seats');
  const say = (part: string) =>
    stage.show({
      type: 'stream_event',
      event: { type: 'content_block_delta', delta: { type: 'text_delta', text: part } },
    });
  say('I start where a seat get');
  stage.notice('in between');
  say('s its owner.');
  stage.show({ type: 'stream_event', event: { type: 'content_block_stop' } });
  stage.notice('at the end');
  const lines = stripVTControlCharacters(text).split('\n');
  expect(lines.map((line) => line.trim())).toEqual([
    '● I start where a seat',
    '┃ in between',
    'gets its owner.',
    '┃ at the end',
    '',
  ]);
});
