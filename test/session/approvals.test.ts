import { expect, it } from 'vitest';
import { createApprovals } from '../../src/session/approvals.ts';
import { createBus, type Event, type EventBody } from '../../src/events.ts';

const PROVIDERS = [
  { id: 'claude', label: 'Claude', own: true },
  { id: 'gemini', label: 'Gemini', own: false },
  { id: 'openai', label: 'OpenAI', own: false },
];

const NOON = new Date(2026, 10, 27, 12, 0).getTime();
const LIMITED = NOON + 3_600_000;

type Setup = Partial<Parameters<typeof createApprovals>[0]>;

/** Claude is limited, and Gemini has proposed the call `toolu_g`. */
function session(setup: Setup = {}) {
  const bus = createBus(() => NOON);
  const told: Event[] = [];
  bus.on((event) => void (/approval|consent/.test(event.type) && told.push(event)));
  let reads = 0;
  const approvals = createApprovals({
    bus,
    settings: { safetyChecks: 'ask' },
    providers: PROVIDERS,
    proposerOf: (call) => ({ toolu_g: 'gemini', toolu_o: 'openai' })[call],
    serving: () => 'gemini',
    backAt: () => LIMITED,
    now: () => NOON,
    ...setup,
    rules: () => {
      reads += 1;
      return setup.rules?.() ?? [];
    },
  });
  return { bus, told, approvals, reads: () => reads };
}

const call = (change: object = {}) => ({
  tool_use_id: 'toolu_g',
  tool_name: 'Bash',
  tool_input: { command: 'make' },
  permission_mode: 'auto',
  ...change,
});
const decision = (answer: ReturnType<ReturnType<typeof createApprovals>['onToolCall']>) =>
  answer?.hookSpecificOutput.permissionDecision;
const switched = (to: string): EventBody => ({
  type: 'provider-switch',
  exchange: 1,
  from: to === 'claude' ? 'gemini' : 'claude',
  to,
  cause: 'failover',
  ms: 1,
});
const committed: EventBody = { type: 'attempt-commit', exchange: 1, attempt: 1, provider: 'claude', firstByteMs: 1 };

it.each<[string, object, Setup, string | undefined]>([
  ['what a fallback proposed', {}, {}, 'ask'],
  ['what Claude proposed', { tool_use_id: 'toolu_c' }, {}, undefined],
  ['what only reads', { tool_input: { command: 'ls' } }, {}, undefined],
  ['what a rule allows', {}, { rules: () => ['Bash(make)'] }, undefined],
  ['another mode', { permission_mode: 'acceptEdits' }, {}, undefined],
  ['safetyChecks: claude', {}, { settings: { safetyChecks: 'claude' } }, undefined],
  ['safetyChecks: other', {}, { settings: { safetyChecks: 'other' } }, undefined],
  ['a fallback that the user chose, while Claude is well', {}, { backAt: () => undefined }, 'ask'],
])('%s: %j', (_, change, setup, wanted) => {
  expect(decision(session(setup).approvals.onToolCall(call(change)))).toBe(wanted);
});

it('says who proposed it, and until when Claude cannot check', () => {
  const text = (setup?: Setup) =>
    session(setup).approvals.onToolCall(call())?.hookSpecificOutput.permissionDecisionReason;
  expect(text()).toBe("Gemini proposed this; Claude's safety check is not available until 13:00");
  expect(text({ backAt: () => undefined })).toBe(
    "Gemini proposed this; Claude's safety check is not available for its actions",
  );
});

it('reads the rules again where it would ask, and nowhere else', () => {
  const rules: string[] = [];
  const { approvals, reads } = session({ rules: () => [...rules] });
  expect(decision(approvals.onToolCall(call()))).toBe('ask');
  rules.push('Bash(make)');
  expect(decision(approvals.onToolCall(call()))).toBeUndefined();
  expect(reads()).toBe(2);
  approvals.onToolCall(call());
  approvals.onToolCall(call({ tool_use_id: 'toolu_c' }));
  approvals.onToolCall(call({ permission_mode: 'default' }));
  expect(reads()).toBe(2);
});

it('with a consent everything of that provider runs, and of no other', () => {
  const { approvals, told } = session();
  expect(approvals.allow('gemini', 'page')).toBeUndefined();
  expect(approvals.allow('gemini', 'prompt')).toBeUndefined();
  expect(approvals.allowed()).toEqual(['gemini']);
  expect(decision(approvals.onToolCall(call()))).toBe('allow');
  expect(decision(approvals.onToolCall(call({ tool_use_id: 'toolu_o' })))).toBe('ask');
  expect(told).toMatchObject([
    { type: 'consent-give', provider: 'gemini', by: 'page' },
    { type: 'approval-ask', provider: 'gemini', tool: 'Bash', asked: false },
    { type: 'approval-ask', provider: 'openai', tool: 'Bash', asked: true },
  ]);
});

it.each<[string, (it: ReturnType<typeof session>) => void, boolean]>([
  ['Claude answers', ({ bus }) => bus.emit(switched('claude')), true],
  ['the user takes it back', ({ approvals }) => approvals.forbid(), true],
  [
    'somebody chooses who answers',
    ({ bus }) => bus.emit({ type: 'provider-steer', provider: 'gemini', only: true }),
    true,
  ],
  ['another fallback takes over', ({ bus }) => bus.emit(switched('openai')), false],
  ['Claude answers a side request', ({ bus }) => bus.emit(committed), false],
])('%s: the consent ends: %j', (_, happens, ends) => {
  const staged = session();
  staged.approvals.allow('gemini', 'prompt');
  happens(staged);
  expect(staged.approvals.allowed()).toEqual(ends ? [] : ['gemini']);
  expect(staged.told.filter(({ type }) => type === 'consent-end')).toHaveLength(ends ? 1 : 0);
});

it.each<[string, Setup, string]>([
  ['claude', {}, "no fallback 'claude' in this session, which has gemini, openai."],
  ['gemni', {}, "no fallback 'gemni' in this session, which has gemini, openai."],
  ['gemini', { providers: PROVIDERS.slice(0, 1) }, 'there is nobody to allow'],
  [
    'gemini',
    { settings: { safetyChecks: 'claude' } },
    'failover.safetyChecks is claude: nobody is asked in this session',
  ],
  ['gemini', { serving: () => 'claude' }, 'Claude answers, and checks its own actions'],
])('allow %s, where %j: refused', (provider, setup, message) => {
  const { approvals, told } = session(setup);
  expect(approvals.allow(provider, 'terminal')).toContain(message);
  expect(told).toEqual([]);
});

it.each<[string, Setup, unknown, string[]]>([
  ['in auto mode', {}, 'auto', ['gemini']],
  ['in another mode', {}, 'default', []],
  ['before any hook', {}, undefined, []],
  ['while Claude answers', { serving: () => 'claude' }, 'auto', []],
  ['where nobody is asked', { settings: { safetyChecks: 'claude' } }, 'auto', []],
])('the page offers to allow %s: %j', (_, setup, mode, wanted) => {
  const { approvals } = session(setup);
  approvals.onHook({ permission_mode: mode });
  approvals.onHook(undefined);
  expect(approvals.asks()).toEqual(wanted);
  if (wanted.length > 0) approvals.allow('gemini', 'page');
  expect(approvals.asks()).toEqual([]);
});
