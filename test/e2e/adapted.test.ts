import { expect, it } from 'vitest';
import { creditTooLow, overloaded, promptTooLong, unauthorized } from '../simulators/failures.ts';
import { answer, callTool, type ErrorStep, type SimulatedRequest } from '../../src/demo/script.ts';
import { makeCast, outage } from '../helpers/cast.ts';
import { runClaude } from '../helpers/claude.ts';

/** While Claude answers, ccmux is not there: the bytes, the client's own mistakes, the silence. */

const UNIQUE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|toolu_[0-9a-f]+/g;

/** What differs between any two runs of the client is left out: ids, measured times, signatures. */
const alike = (text: string) =>
  text
    .replaceAll(UNIQUE, '<id>')
    .replaceAll(/"signature":"[^"]+"/g, '<signature>')
    .replace(/^(x-claude-code-prev-tool-durations: \w+=)\d+/, '$1<ms>');

/** Names in their order and case, with their values. `Host` and `Connection` belong to each connection of its own. */
const headersOf = (request: SimulatedRequest) =>
  request.rawHeaders
    .flatMap((name, index, all) => (index % 2 === 0 ? [alike(`${name}: ${all[index + 1]}`)] : []))
    .filter((header) => !/^(host|connection):/i.test(header));

function firstDifference(a: string, b: string): string | undefined {
  if (a === b) return undefined;
  let at = 0;
  while (a[at] === b[at]) at += 1;
  return `${a.slice(at - 60, at + 60)}\n≠\n${b.slice(at - 60, at + 60)}`;
}

const bodyOf = (request: SimulatedRequest) => alike(request.body.toString());

for (const login of ['key', 'subscription'] as const)
  it(`relays every byte with a ${login}, and prints nothing`, async () => {
    const cast = await makeCast({ login });
    const read = `${cast.place.project}/README.md`;
    cast.claude.script = ({ facts }) =>
      facts.side
        ? answer('ok')
        : facts.stepInTurn === 0
          ? callTool('Read', { file_path: read }, { thinking: 'Grüße 🎉' })
          : answer('Read it.');

    const plain = await runClaude(cast.place, 'plain', 'read the readme');
    const plainRequests = cast.claude.requests.splice(0);
    const muxed = await runClaude(cast.place, 'ccmux', 'read the readme');
    const muxedRequests = cast.claude.requests.splice(0);

    expect(muxed.result().result).toBe(plain.result().result);
    expect([plain.stderr, muxed.stderr]).toEqual(['', '']);
    const posts = (requests: SimulatedRequest[]) => requests.filter((request) => request.method === 'POST');
    const sides = [posts(plainRequests), posts(muxedRequests)];
    // A probe may overtake the first question: compare them by size.
    for (const side of sides) side.sort((a, b) => a.body.length - b.body.length);
    const [plainSide, muxedSide] = sides;
    expect(muxedSide!.map((request) => request.url)).toEqual(plainSide!.map((request) => request.url));
    expect(muxedSide!.map(headersOf)).toEqual(plainSide!.map(headersOf));
    // Not toEqual: nobody can read the difference between two bodies of 50 kB.
    for (const [index, request] of muxedSide!.entries())
      expect(firstDifference(bodyOf(request), bodyOf(plainSide![index]!))).toBeUndefined();
    expect(cast.rejections()).toEqual([]);
  });

it.each<[string, () => ErrorStep, RegExp]>([
  ['400', promptTooLong, /too long/i],
  ['401', unauthorized, /invalid x-api-key|401|API key/i],
])('leaves a %s to the client, word for word', async (_, failure, words) => {
  const cast = await makeCast({ claude: () => failure(), env: { CLAUDE_CODE_MAX_RETRIES: '0' } });
  const muxed = await runClaude(cast.place, 'ccmux', 'hello');
  const plain = await runClaude(cast.place, 'plain', 'hello');
  expect(muxed.result().result).toMatch(words);
  expect(muxed.result().result).toBe(plain.result().result);
  expect([muxed.code, muxed.stderr]).toEqual([plain.code, plain.stderr]);
  expect(cast.gemini.requests).toEqual([]);
});

it('leaves a matter of billing to the client too, but says how to fail over on it', async () => {
  const cast = await makeCast({ claude: () => creditTooLow(), gemini: () => answer('Gemini took it.') });
  const run = await runClaude(cast.place, 'ccmux', 'hello');
  expect(run.result().result).toMatch(/credit balance/i);
  expect(run.stderr).toMatch(/^ccmux: .*billing.*failover\.on/);
  expect(cast.gemini.requests).toEqual([]);

  const willing = await makeCast({
    claude: () => creditTooLow(),
    gemini: () => answer('Gemini took it.'),
    settings: 'failover: { on: [rate_limit, billing] }',
  });
  expect((await runClaude(willing.place, 'ccmux', 'hello')).result().result).toBe('Gemini took it.');
});

it("resumes with plain claude what ccmux's other providers wrote", async () => {
  const cast = await makeCast({ order: ['claude', 'gemini'] });
  const file = `${cast.place.project}/src/add.js`;
  cast.claude.script = [callTool('Read', { file_path: file }, { thinking: 'Look.' }), ...outage(overloaded())];
  cast.gemini.script = [
    callTool(
      'Edit',
      { file_path: file, old_string: 'a - b', new_string: 'a + b' },
      { thinking: 'A minus, then.', text: 'I see it.' },
    ),
    answer('Fixed by Gemini.'),
  ];
  const first = await runClaude(cast.place, 'ccmux', 'fix add');
  expect(first.result().result).toBe('Fixed by Gemini.');

  cast.claude.script = [answer('Claude goes on.')];
  const plain = await runClaude(cast.place, 'plain', 'and now?', { args: ['--resume', first.result().session_id] });
  expect(plain.result()).toMatchObject({ result: 'Claude goes on.', is_error: false });
  expect(cast.claude.asked().at(-1)!.facts.turn).toBe(2);
  const thoughts = JSON.stringify(cast.claude.asked().at(-1)!.json.messages);
  expect(thoughts).toContain('Fixed by Gemini.');
  expect(thoughts).not.toContain('A minus, then.');
  expect(cast.rejections()).toEqual([]);
});

it('continues with thinking enabled, the older mode, at a turn that others ended', async () => {
  const cast = await makeCast({ env: { MAX_THINKING_TOKENS: '2000' }, gemini: [answer('By Gemini.')] });
  cast.claude.script = outage({ type: 'error', status: 529, body: {} });
  const first = await runClaude(cast.place, 'ccmux', 'hello', { args: ['--model', 'claude-sonnet-4-5'] });
  cast.claude.script = [answer('By Claude.', { thinking: 'Yes.' })];
  const second = await runClaude(cast.place, 'plain', 'go on', {
    args: ['--resume', first.result().session_id, '--model', 'claude-sonnet-4-5'],
  });
  expect([first.result().result, second.result().result]).toEqual(['By Gemini.', 'By Claude.']);
  expect(cast.rejections()).toEqual([]);
});
