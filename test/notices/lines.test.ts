import { expect, it } from 'vitest';
import { createBus } from '../../src/events.ts';
import { createLines } from '../../src/notices/lines.ts';

it('folds lines that say the same at the exit, whatever their times', () => {
  const written: string[] = [];
  const lines = createLines({ bus: createBus(), mode: 'exit', write: (text) => written.push(text), reminders: [] });
  for (const seconds of [1, 2, 3]) lines.say(`answered by Gemini in ${seconds} s`, { like: 'failover' });
  lines.say('Claude is back and answers again');
  lines.flush();
  expect(written).toEqual([
    'ccmux: answered by Gemini in 3 s · 3 times\n',
    'ccmux: Claude is back and answers again\n',
  ]);
});
