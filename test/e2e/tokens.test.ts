import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { estimateTokens, PRIOR } from '../../src/codec/tokens.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { makePlace, root, runClaude } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';
import { realTokens } from '../helpers/tokenizer.ts';

const FILES = ['src/proxy/exchange.ts', 'README.md', 'src/failover/policy.ts', 'src/report/text.ts'];

test("the stated prior is within 10 % of OpenAI's own count on Claude Code's real bodies", async () => {
  const files = Object.fromEntries(FILES.map((file) => [file, readFileSync(join(root, file))]));
  const simulator = closing(
    await startAnthropic({
      script: ({ facts }) => {
        const file = FILES[facts.stepInTurn];
        return file ? callTool('Read', { file_path: join(place.project, file) }) : answer('I have read them all.');
      },
    }),
  );
  const place = makePlace({ baseUrl: simulator.url, files });
  expect((await runClaude(place, 'plain', 'Read the four files.')).code).toBe(0);
  const bodies = simulator.asked().map(({ json }) => json as MessagesRequest);
  expect(bodies).toHaveLength(FILES.length + 1);
  for (const body of bodies) {
    const ratio = estimateTokens(body, PRIOR) / realTokens(body);
    expect(ratio, `${realTokens(body)} tokens`).toBeGreaterThan(0.9);
    expect(ratio, `${realTokens(body)} tokens`).toBeLessThan(1.1);
  }
});
