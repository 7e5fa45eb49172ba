import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ChatQuirks } from '../simulators/openai-chat-quirks.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool, type Step } from '../../src/demo/script.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { runClaude } from '../helpers/claude.ts';
import { pdfFile, pngFile } from '../helpers/files.ts';

/** One whole job by each kind of provider: five steps of tools, an image, a PDF, all by the real client's own tools. */

const files = {
  'src/add.js': 'export const add = (a, b) => a - b;\n',
  'red.png': pngFile(),
  'spec.pdf': pdfFile('add adds'),
};

function job(project: string): Step[] {
  const file = (name: string) => join(project, name);
  return [
    callTool(
      'Read',
      { file_path: file('src/add.js') },
      { thinking: 'The code first.', text: 'Let me see. Grüße, 世界 🎉' },
    ),
    {
      type: 'answer',
      thinking: 'Both at once.',
      toolCalls: [
        { name: 'Read', input: { file_path: file('red.png') } },
        { name: 'Read', input: { file_path: file('spec.pdf') } },
      ],
    },
    callTool('Edit', { file_path: file('src/add.js'), old_string: 'a - b', new_string: 'a + b' }),
    callTool('Bash', { command: 'cat src/add.js && exit 3', description: 'Show the file and fail' }, { chunkBytes: 5 }),
    callTool('ToolSearch', { query: 'select:WebFetch', max_results: 1 }),
    answer('It adds now.', { thinking: 'Done.' }),
  ];
}

type Kind = 'gemini' | 'openai' | 'chat' | 'relay';
const kinds: [string, Kind, Partial<ChatQuirks>?][] = [
  ['Gemini', 'gemini'],
  ['OpenAI', 'openai'],
  ['an OpenAI-compatible host', 'chat'],
  [
    'an OpenAI-compatible host with habits',
    'chat',
    { reasoningField: 'reasoning_content', comments: true, indexFromOne: true, interleaved: true, usageNull: true },
  ],
  ['an Anthropic-compatible host', 'relay'],
];

it.each(kinds)('is done by %s from the first step to the last', async (_, kind, quirks) => {
  const cast: Cast = await makeCast({
    order: ['claude', kind],
    login: 'subscription',
    files,
    claude: () => claudeLimit(inAnHour()),
    ...(quirks && { quirks }),
  });
  cast[kind].script = job(cast.place.project);
  const run = await runClaude(cast.place, 'ccmux', 'make add add, look at red.png and spec.pdf', {
    allow: 'Read,Edit,Bash,ToolSearch',
  });

  expect(run.result()).toMatchObject({ result: 'It adds now.', is_error: false });
  expect(readFileSync(join(cast.place.project, 'src/add.js'), 'utf8')).toContain('a + b');
  expect(cast.rejections()).toEqual([]);
  const asked = cast[kind].asked();
  expect(asked).toHaveLength(6);
  expect(asked[1]!.facts.toolResults[0]).toContain('a - b');
  // The picture arrives as the picture, the document as the document.
  const looked = asked[2]!.body.toString();
  expect(looked).toContain(files['red.png'].toString('base64').slice(0, 60));
  expect(looked).toContain(files['spec.pdf'].toString('base64').slice(0, 60));
  // Gemini's own signatures came back, not the sentinel for calls that never had one.
  expect(asked.at(-1)!.body.toString()).not.toContain('skip_thought_signature_validator');
  expect(asked[4]!.facts.toolResults.join()).toMatch(/a \+ b/);
});
