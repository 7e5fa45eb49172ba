import type { z, ZodType } from 'zod';
import type { ModelFamily } from '../events.ts';
import type { Handing, HandoffRule } from '../failover/handoff.ts';
import type { Movable, Overflow } from '../failover/overflow.ts';
import type { Route } from '../failover/routes.ts';
import type { When } from '../failover/when.ts';
import { REQUEST_CLASSES } from '../claude/claude-code-2.1.330.ts';
import type { Parsed } from './parsed.ts';
import { A_MAPPING, itemsOf, providerId, type Shape } from './shapes.ts';
import type { Rule } from './stricter.ts';

/** The user's rules about single requests, as a file has them: what they speak of, and what then. */

type OneOrMore = string | string[];
export type WhenInFile = {
  class?: OneOrMore;
  agent?: OneOrMore;
  family?: OneOrMore;
  thinking?: boolean;
  webSearch?: boolean;
  context?: string;
  hours?: string;
  paths?: OneOrMore;
  prompt?: OneOrMore;
  like?: OneOrMore;
  mode?: OneOrMore;
  chain?: string;
};
export type HandoffInFile = { when: WhenInFile; then: Handing };
export type RouteInFile = { when: WhenInFile; order: string[]; models?: NonNullable<Route['models']> };
export type OverflowInFile = { at?: string; until?: string; move?: Movable[] };

/** What a condition may be. `names`: nothing else; else any words. `routes`: only a route may have it. */
type Condition = { of?: 'routes' } & (
  | { is: 'list'; meaning: string; names?: readonly string[] }
  | { is: 'yes-or-no'; meaning: string }
  | { is: 'text'; meaning: string; pattern: RegExp; expected: string }
);

const CONTEXT = /^([<>])\s*(\d+)(k|m)?$/i;
const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;
const CHAINS = ['self-contained', 'ordinary', 'long'] as const;

const FAMILIES = Object.keys({
  opus: true,
  sonnet: true,
  haiku: true,
  fable: true,
} satisfies Record<ModelFamily, true>);

const CONDITIONS: { readonly [Name in keyof WhenInFile]-?: Condition } = {
  class: { is: 'list', names: REQUEST_CLASSES, meaning: 'What the request is for.' },
  agent: { is: 'list', meaning: 'Types of subagents, such as Explore.' },
  family: { is: 'list', names: FAMILIES, meaning: 'The family of the model that is asked for.' },
  thinking: { is: 'yes-or-no', meaning: 'Whether the model is to think.' },
  webSearch: { is: 'yes-or-no', meaning: "Whether it has Anthropic's web search." },
  context: {
    is: 'text',
    pattern: CONTEXT,
    expected: 'a number of tokens such as ">200k" or "<20k"',
    meaning: 'How large the request is, estimated.',
  },
  hours: {
    is: 'text',
    pattern: HOURS,
    expected: 'local time such as "09:00-18:00"',
    meaning: 'When, in local time.',
  },
  paths: { is: 'list', meaning: 'Globs of files that tool calls of the conversation have touched.' },
  prompt: { is: 'list', meaning: 'Words of what you typed, in any case.' },
  // What nobody else may answer does not hang on a likeness.
  like: { is: 'list', of: 'routes', meaning: 'Examples of prompts; what you typed is like them, in words or meaning.' },
  mode: { is: 'list', meaning: "Claude Code's permission mode, such as plan." },
  chain: {
    is: 'text',
    pattern: new RegExp(`^(?:${CHAINS.join('|')})$`),
    expected: `one of ${CHAINS.join(', ')}`,
    meaning: 'How well the request can be handed over, from its structure.',
  },
};
const OF_ROUTES = Object.keys(CONDITIONS) as (keyof WhenInFile)[];
const OF_HANDOFF = OF_ROUTES.filter((name) => CONDITIONS[name].of !== 'routes');

const HANDINGS: readonly Handing[] = ['go', 'ask', 'hold'];
const MOVABLE: readonly Movable[] = ['auxiliary', 'subagents', 'self-contained', 'main'];
const PERCENT = /^(\d{1,2}|100)%$/;
const THRESHOLDS = 'thresholds such as at=90%,until=80%,move=auxiliary+subagents';
const A_PERCENTAGE = 'a percentage such as 90%';

/** `handoff`: which requests another provider may not answer, or only after a question. */
export const handoffRules: Shape<HandoffInFile[], HandoffRule[]> = {
  placeholder: 'rules',
  parse(text) {
    const rules = text.split(';').map((one) => /^\s*(\w+)\s+(\S.*)$/s.exec(one));
    const value: HandoffInFile[] = [];
    for (const rule of rules) {
      const then = HANDINGS.find((name) => name === rule?.[1]);
      const when = parseWhen(rule?.[2] ?? '', OF_HANDOFF);
      if (then === undefined)
        return { ok: false, expected: 'rules such as: hold paths=payments/**; ask prompt=incident' };
      if (!when.ok) return when;
      value.push({ when: when.value, then });
    }
    return { ok: true, value };
  },
  check: (zod) =>
    zod.array(
      zod.strictObject(
        { when: whenSchema(zod, OF_HANDOFF), then: zod.enum(HANDINGS, { error: `one of ${HANDINGS.join(', ')}` }) },
        A_MAPPING,
      ),
      { error: 'a list of rules: [{ when: { paths: ["payments/**"] }, then: hold }]' },
    ),
  read: (rules) => rules.map(({ when, then }) => ({ when: readWhen(when), then })),
  show: (rules) => rules.map(({ when, then }) => ({ when: showWhen(when), then })),
};

/** A stranger's file may only hold back more: its rules are added to the user's, those that let go excepted. */
export const moreHeld: Rule<HandoffInFile[]> = (wanted, own = []) => {
  const known = new Set(own.map((rule) => JSON.stringify(rule)));
  const strict = wanted.filter((rule) => rule.then !== 'go' && !known.has(JSON.stringify(rule)));
  const refused = wanted.flatMap(({ then }) => (then === 'go' ? ['a rule that lets go'] : []));
  return { kept: [...own, ...strict], refused };
};

/** `routes`: an order of their own for some requests. */
export const routeList: Shape<RouteInFile[], Route[]> = {
  placeholder: 'routes',
  parse(text) {
    const value: RouteInFile[] = [];
    for (const one of text.split(';')) {
      const [conditions = '', ids = '', ...more] = one.split('->');
      const order = itemsOf(ids);
      if (order.length === 0 || more.length > 0)
        return { ok: false, expected: 'routes such as: class=auxiliary -> gemini,claude' };
      const when = parseWhen(conditions, OF_ROUTES);
      if (!when.ok) return when;
      value.push({ when: when.value, order });
    }
    return { ok: true, value };
  },
  check(zod) {
    const model = zod.string({ error: 'a model name' }).min(1, { error: 'a model name' }).optional();
    const models = zod.strictObject({ default: model, opus: model, sonnet: model, haiku: model }, A_MAPPING);
    const order = zod
      .array(providerId(zod), { error: 'a list of provider ids: [gemini, claude]' })
      .min(1, { error: 'a list of at least one provider id' })
      .describe('Who answers; a provider that is not in your order is asked by this route alone.');
    const described = models.optional().describe('Other models than those of the provider.');
    const route = zod.strictObject({ when: whenSchema(zod, OF_ROUTES), order, models: described }, A_MAPPING);
    return zod.array(route, {
      error: 'a list of routes: [{ when: { class: auxiliary }, order: [gemini, claude] }]',
    }) as unknown as ZodType<RouteInFile[]>;
  },
  read: (routes) => routes.map(({ when, ...route }) => ({ ...route, when: readWhen(when) })),
  show: (routes) => routes.map(({ when, ...route }) => ({ when: showWhen(when), ...route })),
};

/** `overflow`: what goes to the next provider while a limit is nearly full. */
export const overflow: Shape<OverflowInFile, Overflow> = {
  placeholder: 'overflow',
  parse(text) {
    const value: OverflowInFile = {};
    for (const pair of itemsOf(text)) {
      const [name = '', given = ''] = pair.split('=').map((part) => part.trim());
      const moves = given.split('+').map((each) => MOVABLE.find((known) => known === each.trim()));
      if ((name === 'at' || name === 'until') && PERCENT.test(given)) value[name] = given;
      else if (name === 'move' && moves.every((each) => each !== undefined)) value.move = moves;
      else return { ok: false, expected: THRESHOLDS };
    }
    return Object.keys(value).length > 0 ? { ok: true, value } : { ok: false, expected: THRESHOLDS };
  },
  check(zod) {
    const percentage = zod.string({ error: A_PERCENTAGE }).regex(PERCENT, { error: A_PERCENTAGE }).optional();
    const error = `some of ${MOVABLE.join(', ')}`;
    const fields = {
      at: percentage.describe('From here on requests move: of the fullest limit that they count against.'),
      until: percentage.describe(
        'Back below this they return; by default ten below `at`, or half of it where that is more.',
      ),
      move: zod.array(zod.enum(MOVABLE, { error }), { error: `a list of ${error}` }).optional(),
    };
    return zod.strictObject(fields, A_MAPPING) as unknown as ZodType<OverflowInFile>;
  },
  read({ at = '90%', until, move = ['auxiliary', 'subagents'] }) {
    const from = fraction(at);
    // Nothing is ever below nothing: half of a low threshold.
    const to = until === undefined ? Math.max(from - 0.1, from / 2) : fraction(until);
    return { at: from, until: Math.min(from, to), move };
  },
  show: ({ at, until, move }) => ({ at: percentOf(at), until: percentOf(until), move }),
};

function fraction(percentage: string): number {
  return Number.parseInt(percentage, 10) / 100;
}

function percentOf(part: number): string {
  return `${Math.round(part * 100)}%`;
}

/** `class=main & prompt=security review,incident` */
function parseWhen(text: string, names: readonly (keyof WhenInFile)[]): Parsed<WhenInFile> {
  const value: Record<string, unknown> = {};
  for (const part of text.split('&').map((each) => each.trim())) {
    const [, name = '', given = ''] = /^(\w+)\s*=\s*(.+)$/s.exec(part) ?? [];
    const known = names.find((each) => each === name);
    if (known === undefined) {
      const expected = `conditions such as class=auxiliary, of ${names.join(', ')}`;
      return { ok: false, expected, near: name, names };
    }
    // The second would take the first one's place: a rule that holds less than what was typed.
    if (known in value) return { ok: false, expected: `each condition once: ${known}=one,another` };
    const read = parseCondition(CONDITIONS[known], given);
    if (!read.ok) return read;
    value[known] = read.value;
  }
  return { ok: true, value };
}

function parseCondition(condition: Condition, text: string): Parsed {
  switch (condition.is) {
    case 'list': {
      const items = itemsOf(text);
      const { names } = condition;
      if (items.length === 0) return { ok: false, expected: 'a word, or a list of words' };
      const wrong = items.find((item) => names?.includes(item) === false);
      return wrong === undefined
        ? { ok: true, value: items }
        : { ok: false, expected: `some of ${names!.join(', ')}`, near: wrong, names: names! };
    }
    case 'yes-or-no':
      return /^(?:true|false)$/.test(text)
        ? { ok: true, value: text === 'true' }
        : { ok: false, expected: 'true or false' };
    case 'text':
      return condition.pattern.test(text) ? { ok: true, value: text } : { ok: false, expected: condition.expected };
  }
}

function whenSchema(zod: typeof z, names: readonly (keyof WhenInFile)[]): ZodType<WhenInFile> {
  const fields = names.map((name) => {
    const condition = CONDITIONS[name];
    return [name, conditionSchema(zod, condition).optional().describe(condition.meaning)];
  });
  return zod.strictObject(Object.fromEntries(fields), A_MAPPING);
}

function conditionSchema(zod: typeof z, condition: Condition): ZodType {
  switch (condition.is) {
    case 'list': {
      const error =
        condition.names === undefined ? 'a word, or a list of words' : `some of ${condition.names.join(', ')}`;
      const word =
        condition.names === undefined
          ? zod.string({ error }).min(1, { error })
          : zod.enum([...condition.names], { error });
      return zod.union([word, zod.array(word, { error }).min(1, { error })], { error });
    }
    case 'yes-or-no':
      return zod.boolean({ error: 'true or false' });
    case 'text':
      return zod.string({ error: condition.expected }).regex(condition.pattern, { error: condition.expected });
  }
}

/** Of what has been checked. */
function readWhen({ context, hours, ...when }: WhenInFile): When {
  const lists = Object.entries(when).map(([name, value]) => [
    name,
    CONDITIONS[name as keyof WhenInFile].is === 'list' && typeof value === 'string' ? [value] : value,
  ]);
  return {
    ...(Object.fromEntries(lists) as When),
    ...(context !== undefined && { context: readContext(context) }),
    ...(hours !== undefined && { hours: readHours(hours) }),
  };
}

/** As a file would have it. */
function showWhen({ context, hours, ...when }: When): object {
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const { above, below } = context ?? {};
  return {
    ...when,
    ...(context && { context: above === undefined ? `<${below}` : `>${above}` }),
    ...(hours && { hours: `${clock(hours.from)}-${clock(hours.to)}` }),
  };
}

function readContext(text: string): NonNullable<When['context']> {
  const [, sign, number, unit = ''] = CONTEXT.exec(text) ?? [];
  const tokens = Number(number) * ({ k: 1_000, m: 1_000_000 }[unit.toLowerCase()] ?? 1);
  return sign === '>' ? { above: tokens } : { below: tokens };
}

function readHours(text: string): NonNullable<When['hours']> {
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = (HOURS.exec(text) ?? []).slice(1).map(Number);
  return { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
}
