/**
 * The demo's story: nine things a user types while hunting a race condition, and what a model does about each, step by
 * step. It does not fix who answers: whoever is available does.
 */
import { claudeLimit, geminiLimit } from './limits.ts';
import { IN_TURN, TEST } from './project.ts';
import {
  answer,
  callTool,
  type AnswerStep,
  type Facts,
  type Script,
  type SimulatedRequest,
  type Step,
} from './script.ts';

export type Turn = {
  types: string;
  /** The model's steps: all but the last call tools. The texts may quote what the tools really said. */
  steps: ((facts: Facts) => AnswerStep)[];
  /** Shown to the audience when the turn is over. */
  aside?: string;
};

/** Claude's limit strikes in this turn (counted from 1), after Claude's first step: in the middle of a tool loop. */
const LIMIT_TURN = 6;
/** Claude is back before this turn. */
export const BACK_TURN = 8;
/** In this turn both are at their limits, and nobody can answer until Gemini's is raised. */
export const NOBODY_TURN = 9;
const HOUR_MS = 3_600_000;

/** @param project the absolute path of the project's folder, which the client's tools want. */
export function turnsIn(project: string): Turn[] {
  const file = (name: string) => `${project}/${name}`;
  const bash = (command: string, description: string) => () => callTool('Bash', { command, description });
  const say = (text: string | ((facts: Facts) => string)) => (facts: Facts) =>
    answer(typeof text === 'string' ? text : text(facts));
  const edit = (name: string, old_string: string, new_string: string) => () =>
    callTool('Edit', { file_path: file(name), old_string, new_string });

  return [
    {
      types: 'Two customers got seat 14C last night. Where would you look?',
      steps: [
        () => ({
          type: 'answer',
          text: 'I start where a seat gets its owner.',
          toolCalls: ['src/reserve.js', 'src/store.js'].map((name) => ({
            name: 'Read',
            input: { file_path: file(name) },
          })),
        }),
        say(
          'reserve() looks first and writes later. Between `store.get` and `store.put` it waits, and while it waits a second buyer can look at the same empty seat. I think it is a check-then-act race.',
        ),
      ],
    },
    {
      types: 'Prove it.',
      steps: [
        bash('node stampede.js', 'Ask for one seat twelve times at once'),
        say(
          ({ toolResults }) =>
            `Proven: ${soldLine(toolResults)}. It needs no rare timing; everybody who asks before the first write wins.`,
        ),
      ],
    },
    {
      types: 'Is it anywhere else?',
      steps: [
        bash("grep -n 'store.get' src/*.js", 'Find every look at the store'),
        () => callTool('Read', { file_path: file('src/transfer.js') }),
        say(
          'Yes: transfer() has the same gap, so one seat can be handed to two people. Both need look and write to be one step for each seat.',
        ),
      ],
    },
    {
      types: 'Fix reserve() first.',
      steps: [
        () => callTool('Write', { file_path: file('src/in-turn.js'), content: IN_TURN }),
        edit(
          'src/reserve.js',
          "import { store } from './store.js';\n",
          "import { inTurn } from './in-turn.js';\nimport { store } from './store.js';\n",
        ),
        edit(
          'src/reserve.js',
          'export async function reserve(seat, buyer) {\n  const owner = await store.get(seat);\n  if (owner) return false;\n  await store.put(seat, buyer);\n  return true;\n}',
          'export function reserve(seat, buyer) {\n  return inTurn(seat, async () => {\n    const owner = await store.get(seat);\n    if (owner) return false;\n    await store.put(seat, buyer);\n    return true;\n  });\n}',
        ),
        say('Done. inTurn() keeps a queue for each seat: requests for 14C wait for each other, 14D does not notice.'),
      ],
    },
    {
      types: 'Run it again.',
      steps: [
        bash('node stampede.js', 'Ask for one seat twelve times at once'),
        say(({ toolResults }) => `Fixed: ${soldLine(toolResults)}, and the others were told no.`),
      ],
    },
    {
      types: 'Now the same for transfer().',
      steps: [
        edit(
          'src/transfer.js',
          "import { store } from './store.js';\n",
          "import { inTurn } from './in-turn.js';\nimport { store } from './store.js';\n",
        ),
        edit(
          'src/transfer.js',
          'export async function transfer(seat, from, to) {\n  const owner = await store.get(seat);\n  if (owner !== from) return false;\n  await store.put(seat, to);\n  return true;\n}',
          'export function transfer(seat, from, to) {\n  return inTurn(seat, async () => {\n    const owner = await store.get(seat);\n    if (owner !== from) return false;\n    await store.put(seat, to);\n    return true;\n  });\n}',
        ),
        say(
          'The import was in place already, so I wrapped the body: transfer() now shares the queue of its seat with reserve().',
        ),
      ],
      aside:
        'One tool loop, two models: Claude made the first edit and ran into its limit; Gemini got the same conversation, edit and result included, and made the second. Claude Code noticed nothing.',
    },
    {
      types: 'Add a test that would have caught this.',
      steps: [
        () => callTool('Write', { file_path: file('test/race.test.js'), content: TEST }),
        bash('node --test --test-reporter=tap | grep -E "^# (tests|pass|fail)"', 'Run the tests'),
        say(
          ({ toolResults }) =>
            `Two tests: fifty buyers at once, and one seat handed on twice. ${passLine(toolResults)}.`,
        ),
      ],
    },
    {
      types: 'Write the commit message.',
      steps: [
        bash('git status --short', 'See what changed'),
        say(
          'Sell and hand on a seat one request at a time\n\nreserve() and transfer() looked at a seat and wrote to it later; everybody\nwho looked in between won. Both now wait in a queue for each seat.',
        ),
      ],
    },
    {
      types: 'Who else writes to the store?',
      steps: [
        bash("grep -ln 'store.put' src/*.js", 'Find every write to the store'),
        say('Nobody: reserve.js and transfer.js are the only ones, and both go through inTurn() now.'),
      ],
    },
  ];
}

const soldLine = (results: string[]) =>
  /\d+ of 12 buyers got seat 14C/.exec(results.join('\n'))?.[0] ?? 'the run says otherwise';
const passLine = (results: string[]) => {
  const passed = /# pass (\d+)/.exec(results.join('\n'))?.[1];
  return passed === undefined ? 'I could not read their result' : `${passed} of 2 pass`;
};

/** Milliseconds: before an answer, between its pieces, of the simulated limit, a typed character, to read an answer. */
export type Pace = { thinkMs: number; chunkDelayMs: number; limitMs: number; typeMs: number; readMs: number };

export type Minds = {
  claude: Script;
  gemini: Script;
  /** When Claude's limit resets, epoch milliseconds; 0 until it has struck. */
  resetAt(): number;
  /** Ends Gemini's limit, as a person may who buys more. */
  raise(): void;
};

/** The two simulated models. */
export function mindsFor(turns: Turn[], pace: Pace): Minds {
  let resetAt = 0;
  let raised = false;
  const stepFor = ({ facts, body }: SimulatedRequest, slower: number): Step | undefined => {
    const made = turns[facts.turn - 1]?.steps[facts.stepInTurn]?.(facts);
    const tokens = Math.ceil(body.length / 4);
    // Nearly all of a long conversation was sent before; each model's cache holds only what it received itself.
    const cacheRead = facts.stepInTurn + facts.turn > 1 ? Math.floor(tokens * 0.9) : 0;
    const output = Math.ceil(JSON.stringify(made ?? '').length / 4);
    return (
      made && {
        ...made,
        usage: { input: slower > 1 ? tokens : tokens - cacheRead, output, cacheRead },
        delayMs: pace.thinkMs * slower,
        chunkDelayMs: pace.chunkDelayMs,
      }
    );
  };
  return {
    resetAt: () => resetAt,
    claude(request) {
      const { facts } = request;
      if (facts.side) return answer('ok');
      const strikes = facts.turn === LIMIT_TURN && facts.stepInTurn === 1;
      if (strikes && resetAt === 0) resetAt = Math.ceil((Date.now() + pace.limitMs) / 1000) * 1000;
      if (facts.turn === NOBODY_TURN) return claudeLimit(Date.now() + HOUR_MS);
      return Date.now() < resetAt ? claudeLimit(resetAt) : stepFor(request, 1);
    },
    gemini(request) {
      const isOut = request.facts.turn === NOBODY_TURN && !raised;
      return isOut ? geminiLimit({ per: 'Day', retryDelay: '5400s' }) : stepFor(request, 1.6);
    },
    raise: () => void (raised = true),
  };
}
