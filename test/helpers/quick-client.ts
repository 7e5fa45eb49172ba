import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Place } from './claude.ts';

/**
 * Puts a stand-in for `claude` in front on the place's PATH. It starts in a few milliseconds where the real client takes
 * seconds: for tests of what ccmux does, where the client's own behaviour is not the point.
 * It sends one request for each prompt that it is given (`claude -p <prompt> [prompt…]`), one after the other, with the
 * headers by which ccmux knows the session's own requests, and prints a line of JSON for each answer. `pause:<ms>` waits,
 * `env:<name>` prints a variable of its own, `setting:<name>` a setting of its `--settings` and `footer:` the status
 * line's part in place of an answer, `check:` makes it auto mode's question about an action, and `agent:` a subagent's
 * request.
 */
export function useQuickClient(place: Place): void {
  const folder = join(place.home, 'quick-client');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'claude');
  writeFileSync(file, `#!${join(root, 'node_modules', '.bin', 'node')}\n${PROGRAM}`);
  chmodSync(file, 0o755);
  place.env['PATH'] = `${folder}:${place.env['PATH']}`;
}

/** What the stand-in prints for each of its requests. */
export type QuickAnswer = { status: number; headers: Record<string, string>; model?: string; text: string };

export function answersOf(stdout: string): QuickAnswer[] {
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as QuickAnswer);
}

const PROGRAM = `
const http = require('node:http');
const args = process.argv.slice(2);
if (args.includes('--version')) {
  console.log('2.1.330 (Claude Code)');
  process.exit(0);
}
const prompts = args.slice(args.indexOf('-p') + 1).filter((argument, index, all) => !argument.startsWith('--') && all[index - 1] !== '--settings');
const { ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY } = process.env;
const agent = new http.Agent({ keepAlive: true });

// What a prompt brings along: \`image:look\`, \`pdf:look\`, \`tool:look\`, \`search:<words>\`, \`model:<name>\`, and \`thought:<text>\` a step of Claude's before it; \`whole:\` asks without a stream.
const base64 = (media_type, data) => ({ type: 'base64', media_type, data });
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const EXTRA = {
  image: () => ({ content: [{ type: 'image', source: base64('image/png', PIXEL) }] }),
  pdf: () => ({ content: [{ type: 'document', source: base64('application/pdf', Buffer.from('%PDF-1.4').toString('base64')) }] }),
  tool: () => ({ tools: [{ name: 'Read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } }] }),
  model: (name) => ({ model: name }),
  thought: (text) => ({ before: [{ role: 'user', content: 'look' }, { role: 'assistant', content: [{ type: 'thinking', thinking: text, signature: 'c2ln' }, { type: 'text', text: 'I have looked.' }] }] }),
  whole: () => ({ stream: false }),
  search: () => ({ tools: [{ type: 'web_search_20250305', name: 'web_search' }], tool_choice: { type: 'tool', name: 'web_search' } }),
  check: () => ({ system: 'You are a security monitor for autonomous AI coding agents.', stop_sequences: ['</block>'] }),
};

function ask(prompt, history) {
  const [kind, cooldown] = prompt.split(':');
  const { content = [], before = [], ...fields } = EXTRA[kind]?.(cooldown) ?? {};
  const body = JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 1000,
    stream: true,
    ...fields,
    messages: [...history, ...before, { role: 'user', content: [...content, { type: 'text', text: prompt }] }],
  });
  const headers = {
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    'x-claude-code-session-id': '11111111-2222-4333-8444-555555555555',
    'x-claude-code-request-class': { check: 'auxiliary', agent: 'subagent' }[kind] ?? 'main',
    ...(kind === 'agent' && { 'x-claude-code-agent-id': 'agent-1' }),
    'x-api-key': ANTHROPIC_API_KEY ?? 'sk-ant-api03-quick',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(ANTHROPIC_BASE_URL + '/v1/messages?beta=true', { method: 'POST', headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => resolve({ response, text })).on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

(async () => {
  const history = [];
  for (const prompt of prompts) {
    const pause = /^pause:(\\d+)$/.exec(prompt);
    if (pause) {
      await new Promise((resolve) => setTimeout(resolve, Number(pause[1])));
      continue;
    }
    const variable = /^env:(\\w+)$/.exec(prompt);
    if (variable) {
      console.log(JSON.stringify({ status: 0, headers: {}, text: process.env[variable[1]] ?? '' }));
      continue;
    }
    const setting = /^setting:(\\w+)$/.exec(prompt);
    if (setting) {
      const settings = JSON.parse(require('node:fs').readFileSync(args[args.indexOf('--settings') + 1], 'utf8'));
      console.log(JSON.stringify({ status: 0, headers: {}, text: String(settings[setting[1]]) }));
      continue;
    }
    if (prompt === 'footer:') {
      const shown = await fetch(process.env.CCMUX_SESSION + '/footer', { method: 'POST', body: '{}' });
      console.log(JSON.stringify({ status: shown.status, headers: {}, text: await shown.text() }));
      continue;
    }
    const { response, text } = await ask(prompt, history);
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
    const model = events.find(({ type }) => type === 'message_start')?.message.model;
    const said = events.map(({ delta }) => delta?.text ?? '').join('');
    const whole = events.length === 0 && response.statusCode === 200 ? JSON.parse(text).content[0].text : text;
    console.log(JSON.stringify({ status: response.statusCode, headers: response.headers, model, text: events.length > 0 ? said : whole }));
    history.push({ role: 'user', content: prompt }, { role: 'assistant', content: said || '-' });
  }
  agent.destroy();
})();
`;
