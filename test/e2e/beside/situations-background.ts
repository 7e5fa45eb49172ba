import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { answer } from '../../../src/demo/script.ts';
import { claudeCommand, makePlace, start, type Place } from '../../helpers/claude.ts';
import { closing } from '../../helpers/closing.ts';
import { openTerminal } from '../../helpers/terminal.ts';
import type { Situation, Through } from './situation.ts';

/** What goes on when the terminal is free again. `background.test.ts` says more of it. */

export const BACKGROUND: Situation[] = [
  {
    name: 'moved to the background from inside (/bg), then claude attach',
    differs: {
      stdout: {
        why: 'says: from now on without failover',
        asCcmux: (plain) =>
          `ccmux: session <id> in the background: plain claude from now on, without failover\n${plain}`,
      },
    },
    async stage() {
      const heard: string[] = [];
      const gateway = closing(
        await startAnthropic({
          script({ facts }) {
            if (facts.side) return answer('ok');
            heard.push(facts.userText);
            return answer(`I heard: ${facts.userText}`);
          },
        }),
      );
      return async (through) => {
        // Not one place put back: the client's background service, which outlives a run, keeps its files in it.
        const place = makePlace({ baseUrl: gateway.url });
        const { code, said, id } = await moveAway(place, through);
        const stdout = `${said}${await goOn(place, id)}`;
        await plainClaude(place, 'stop', id);
        await plainClaude(place, 'rm', id);
        return { code, stdout, upstream: heard.splice(0) };
      };
    },
  },
];

async function moveAway(place: Place, through: Through) {
  const terminal = await openTerminal(place, claudeCommand(through, []));
  await terminal.until('❯', 40);
  await terminal.type('hello');
  await terminal.press('Enter');
  await terminal.until('I heard: hello');
  await terminal.type('/bg');
  await terminal.until('Send this session to the background');
  await terminal.press('Enter');
  const code = await terminal.exited(40);
  const id = readdirSync(join(place.configDir, 'jobs')).find((name) => /^[0-9a-f]{8}$/.test(name))!;
  onTestFinished(async () => void (await plainClaude(place, 'stop', id)));
  const ours = (await terminal.history()).split('\n').filter((line) => line.startsWith('ccmux: session'));
  return { code, id, said: ours.map((line) => `${line.trimEnd().replace(id, '<id>')}\n`).join('') };
}

/** @returns what the session has answered since. */
async function goOn(place: Place, id: string): Promise<string> {
  const attached = await openTerminal(place, claudeCommand('plain', ['attach', id]));
  await attached.until('I heard: hello', 40);
  await attached.type('again');
  await attached.press('Enter');
  await attached.until('I heard: again', 40);
  await attached.close();
  return 'I heard: again\n';
}

const plainClaude = (place: Place, ...args: string[]) => start(place, claudeCommand('plain', args)).finished;
