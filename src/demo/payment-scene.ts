/**
 * The memory's scene: Claude hunts a race in a payment module for 25 minutes, its limit strikes in the middle of a tool
 * loop, and Gemini goes on. What Gemini does follows from its request alone: an experiment whose outcome is not said there is
 * made (again), whatever the reason that nobody told it.
 */
import { claudeLimit } from './limits.ts';
import { CLAIM } from './payment-project.ts';
import { answer, callTool, type AnswerStep, type Script, type SimulatedRequest } from './script.ts';

/**
 * One thing that the user types. `used`: how full Claude's 5-hour limit is then. The minutes are told, not waited for.
 * `aside`: for the audience, afterwards.
 */
export type Moment = { minute: number; types: string; used: number; aside?: string };

/** Claude's limit strikes here, after its first step. */
const LIMIT: Moment = { minute: 25, types: 'Now fix it.', used: 0.94 };

export const MOMENTS: Moment[] = [
  { minute: 0, types: 'Order 4711 was charged twice last night. Find out why.', used: 0.58 },
  { minute: 4, types: 'Ops blames the pool, the bank its timeouts. Is it one of these?', used: 0.66 },
  { minute: 11, types: 'settle() keeps its signature: the mobile clients call it.', used: 0.72 },
  {
    minute: 18,
    types: '/compact',
    used: 0.72,
    aside:
      'The transcript is a summary now. Of four findings it keeps one (pool=50); what else was said and thought is gone from what Claude Code sends.',
  },
  { minute: 22, types: 'Write one sentence for the support team.', used: 0.94 },
  LIMIT,
];

const LOAD = 'node load.js';
const TRACE = `TRACE=1 ${LOAD}`;
const TEST = 'node --test | grep -E "(tests|pass|fail) [0-9]"';
const bash = (command: string, description: string, thinking?: string): AnswerStep =>
  callTool('Bash', { command, description }, thinking === undefined ? {} : { thinking });

/**
 * What is to be known before anybody touches the code, and how to find out. `said`: how an experiment's outcome is told, by
 * the experiment itself or by whoever has made it.
 */
const QUESTIONS: { said: RegExp; experiment: AnswerStep }[] = [
  { said: outcomeOf('pool=50'), experiment: bash(`${LOAD} pool=50`, 'Is it the connection pool?') },
  { said: outcomeOf('retries=0'), experiment: bash(`${LOAD} retries=0`, 'Does a retry charge again?') },
  { said: outcomeOf('timeout=5000'), experiment: bash(`${LOAD} timeout=5000`, 'Is it the timeout of the bank?') },
  {
    said: /between its read and its write|read: open[^]{0,40}read: open/,
    experiment: bash(TRACE, 'Who reads and writes when?'),
  },
];

function outcomeOf(setting: string): RegExp {
  return new RegExp(`${setting}[^\\n]{0,40}charged twice`);
}

/**
 * Claude's work by what the user typed, step by step.
 * @param file gives a file's absolute path, which the client's tools want.
 */
function workOf(file: (name: string) => string): Record<string, AnswerStep[]> {
  const [first, second, third] = MOMENTS;
  const [pool, retries, timeout, trace] = QUESTIONS.map(({ experiment }) => experiment);
  const read = (name: string) => ({ name: 'Read', input: { file_path: file(name) } });
  return {
    [first!.types]: [
      {
        ...answer('I read what happens to an order, and run the test.'),
        toolCalls: [read('src/settle.js'), read('src/ledger.js')],
        thinking:
          'Charged twice: either somebody calls the bank twice, or two payments both think the order is theirs.',
      },
      bash(TEST, 'Run the tests'),
      answer(
        'Reproduced: if two clients pay order 4711 at once, both are charged. The test fails for the same reason.',
      ),
    ],
    [second!.types]: [
      { ...pool!, thinking: 'One setting at a time, with load.js, so that each answer means something.' },
      { ...retries!, thinking: 'Not the pool. A retry could charge again: switch retries off.' },
      {
        ...timeout!,
        thinking: 'Not the retries. One more setting, then I stop guessing and look at the order of events.',
      },
      answer(
        'No. With pool=50 it is charged twice, with retries=0 charged twice, with timeout=5000 charged twice. All three are as they were.',
      ),
    ],
    [third!.types]: [
      { ...trace!, thinking: 'So the change must stay below settle(). Trace the reads and writes of one order.' },
      answer('Understood: settle() stays as it is. I traced two payments, and know where to look.', {
        thinking:
          'Both payments read "open" before either writes "claimed": claim() in src/ledger.js lets 3 ms pass between its read and its write. A lock in settle() would only hide it. store.replace() checks and writes in one step: claim() must be that one call.',
      }),
    ],
    [MOMENTS[4]!.types]: [
      answer('"Two payments at the same moment could both be accepted; the cause is known and a fix is on its way."'),
    ],
    [LIMIT.types]: [{ toolCalls: [read('src/ledger.js')], type: 'answer' }],
  };
}

/** What Claude makes of the conversation at `/compact`: a summary keeps what seems to matter, and loses the rest. */
const SUMMARY = `<summary>
1. Request: order 4711 was charged twice; find out why, then fix it.
2. Files: src/settle.js calls claim() in src/ledger.js and charge() in src/gateway.js. load.js pays one order twice at once.
3. So far: reproduced, test/settle.test.js fails. pool=50: still charged twice.
4. The user: settle() keeps its signature, the mobile clients call it.
5. Next: fix the race.
</summary>`;

/** Milliseconds before an answer, and between its pieces. */
export type Tempo = { thinkMs: number; chunkDelayMs: number };

export type PaymentMinds = {
  claude: Script;
  gemini: Script;
  /** How full Claude's 5-hour limit is, 0 to 1, and when it resets, epoch milliseconds. */
  used(): number;
  readonly resetAt: number;
};

/**
 * The two simulated models.
 * @param project the absolute path of the project's folder.
 * @param onThought is told what Claude thinks, seen or not.
 */
export function paymentMinds(project: string, tempo: () => Tempo, onThought: (text: string) => void): PaymentMinds {
  const work = workOf((name) => `${project}/${name}`);
  const resetAt = Math.ceil(Date.now() / 60_000 + 95) * 60_000;
  let used = MOMENTS[0]!.used;
  const paced = (step: AnswerStep, { body }: SimulatedRequest): AnswerStep => {
    const { thinkMs: delayMs, chunkDelayMs } = tempo();
    const usage = { input: Math.ceil(body.length / 4), output: Math.ceil(JSON.stringify(step).length / 4) };
    return { ...step, usage, delayMs, chunkDelayMs };
  };
  return {
    resetAt,
    used: () => used,
    claude(request) {
      const { facts } = request;
      if (facts.side) return answer('ok');
      // The client's own words about a compaction may stand before what was typed.
      const moment = MOMENTS.find(({ types }) => facts.userText.endsWith(types));
      if (!moment) return answer(SUMMARY);
      used = moment.used;
      const step = work[moment.types]?.[facts.stepInTurn];
      if (!step) return claudeLimit(resetAt);
      if (step.thinking !== undefined) onThought(step.thinking);
      return paced(step, request);
    },
    gemini: (request) => (request.facts.side ? answer('ok') : paced(nextOf(request, project), request)),
  };
}

/** What a careful developer does who knows what the request says, and nothing else. */
function nextOf({ json, facts }: SimulatedRequest, project: string): AnswerStep {
  const said = textsIn(json.contents).join('\n');
  const open = QUESTIONS.find((question) => !question.said.test(said));
  if (open) return open.experiment;
  const done = namesSince(json.contents, LIMIT.types);
  if (!done.includes('Edit')) {
    const file_path = `${project}/src/ledger.js`;
    return callTool('Edit', { file_path, old_string: CLAIM.racy, new_string: CLAIM.mended });
  }
  const passed = /pass (\d)/.exec(facts.toolResults.join('\n'))?.[1];
  if (passed === undefined) return bash(TEST, 'Run the tests');
  const cause = /between its read and its write/.test(said)
    ? 'As Claude found, claim() let 3 ms pass between reading and writing'
    : 'The trace shows that both payments read "open" before one of them writes';
  return answer(`${cause}: now it is one step, and settle() is as it was. ${passed} of 1 test passes.`);
}

/** Every text of the conversation, results included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

type Content = { parts: { text?: string; functionCall?: { name: string } }[] };

/** The tools called since the user typed this. */
function namesSince(contents: Content[], typed: string): string[] {
  const at = contents.findLastIndex(({ parts }) => parts.some(({ text }) => text?.includes(typed)));
  return contents.slice(at).flatMap(({ parts }) => parts.flatMap(({ functionCall }) => functionCall?.name ?? []));
}
