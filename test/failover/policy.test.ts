import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, mayForwardUnread, type Candidate } from '../../src/failover/policy.ts';
import { afterAnswer, preferredOf, type Steering, type SwitchBack } from '../../src/failover/steering.ts';
import type { RequestFacts } from '../../src/failover/request-facts.ts';
import { withCooldown } from '../../src/failover/cooldown.ts';
import type { Cooldowns } from '../../src/failover/cooldown.ts';
import type { TurnFacts } from '../../src/failover/turn.ts';
import type { ModelFamily } from '../../src/events.ts';
import { reasonText } from '../../src/words/why.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const LATER = NOW + 60_000;

const ALL = { tools: true, images: true, pdfs: true };
const claude: Candidate = {
  id: 'claude',
  ready: true,
  paid: false,
  translated: false,
  capabilities: ALL,
  contextWindow: 200_000,
  maxOutput: 64_000,
};
const gemini: Candidate = { ...claude, id: 'gemini', paid: true, translated: true, contextWindow: 1_000_000 };
const router: Candidate = { ...gemini, id: 'router', contextWindow: 128_000 };
const ORDER = [claude, gemini, router];

const turn: TurnFacts = {
  requestClass: 'main',
  thread: 'main',
  startsTurn: true,
  prompt: 'x',
  needsOwnThinking: false,
};
const loop: TurnFacts = { ...turn, startsTurn: false, prompt: '' };
const foreign: TurnFacts = { ...loop, needsOwnThinking: true };
const side: TurnFacts = { ...turn, requestClass: 'auxiliary', thread: 'side', startsTurn: false, prompt: '' };
const agent: TurnFacts = { ...loop, requestClass: 'subagent', thread: 'subagent' };
const MOMENTS = { turn, loop, foreign, side, agent };
type Moment = keyof typeof MOMENTS;

function facts(moment: Moment, over: Partial<RequestFacts> = {}): RequestFacts {
  return {
    turn: MOMENTS[moment],
    needs: { images: false, pdfs: false, tools: true },
    inputTokens: () => 1000,
    maxTokens: 8000,
    ...over,
  };
}

/** `claude gemini/opus`: these have a cooldown, the second for one family only. */
function cooling(words: string, until = LATER): Cooldowns {
  return words
    .split(' ')
    .filter(Boolean)
    .reduce<Cooldowns>((cooldowns, word) => {
      const [id = '', family] = word.split('/');
      return withCooldown(cooldowns, id, {
        until,
        failure: 'rate_limit',
        reason: FIVE_HOURS,
        streak: 1,
        ...(family === undefined ? {} : { family: family as ModelFamily }),
      });
    }, {});
}

/** `gemini`, `pin router`, `only claude`, `new pin claude, gemini`: who serves and what was pinned. */
function steering(words: string): Steering {
  const found = /^(?:(new )?(pin|only) (\w+))?(?:, )?(\w+)?$/.exec(words);
  const [, fresh, how, pinned, serving] = found ?? [];
  return {
    ...(serving === undefined ? {} : { serving }),
    ...(pinned === undefined
      ? {}
      : { pinned: { provider: pinned, only: how === 'only' }, pinTried: fresh === undefined }),
  };
}

function chosen(switchBack: SwitchBack, steer: string, cooldowns: string, moment: Moment): string {
  const choice = choose({
    order: ORDER,
    cooldowns: cooling(cooldowns),
    steering: steering(steer),
    switchBack,
    overBudget: new Set(),
    failover: true,
    request: facts(moment),
    now: NOW,
  });
  return choice.candidates.join(' ') || 'nobody';
}

describe('switch back', () => {
  // oxfmt-ignore
  const rows: [switchBack: SwitchBack, steering: string, cooling: string, moment: Moment, expected: string][] = [
    // Nothing has happened: the order, in every mode and at every moment.
    ['turn', '', '', 'turn', 'claude gemini router'],
    ['turn', '', '', 'loop', 'claude gemini router'],
    ['turn', '', '', 'side', 'claude gemini router'],
    ['manual', '', '', 'turn', 'claude gemini router'],
    ['immediate', '', '', 'loop', 'claude gemini router'],
    ['immediate', '', '', 'foreign', 'claude gemini router'],
    // Claude cooldowns: the next one.
    ['turn', '', 'claude', 'turn', 'gemini router'],
    ['turn', '', 'claude', 'loop', 'gemini router'],
    ['turn', '', 'claude', 'agent', 'gemini router'],
    ['manual', '', 'claude', 'turn', 'gemini router'],
    ['immediate', '', 'claude', 'turn', 'gemini router'],
    ['turn', '', 'claude gemini', 'turn', 'router'],
    ['turn', '', 'claude gemini router', 'turn', 'nobody'],
    // turn: back at a new turn of the main thread, and only there.
    ['turn', 'gemini', 'claude', 'turn', 'gemini router'],
    ['turn', 'gemini', '', 'loop', 'gemini claude router'],
    ['turn', 'gemini', '', 'turn', 'claude gemini router'],
    ['turn', 'gemini', '', 'side', 'gemini claude router'],
    ['turn', 'gemini', '', 'agent', 'gemini claude router'],
    ['turn', 'router', '', 'loop', 'router claude gemini'],
    ['turn', 'router', 'claude', 'loop', 'router gemini'],
    ['turn', 'router', 'claude', 'turn', 'gemini router'],
    // The one that serves is unavailable as well: the order.
    ['turn', 'gemini', 'gemini', 'loop', 'claude router'],
    ['turn', 'gemini', 'claude gemini', 'loop', 'router'],
    ['manual', 'gemini', 'gemini', 'turn', 'claude router'],
    // manual: stay, whatever begins.
    ['manual', 'gemini', '', 'turn', 'gemini claude router'],
    ['manual', 'gemini', '', 'loop', 'gemini claude router'],
    ['manual', 'gemini', '', 'side', 'gemini claude router'],
    ['manual', 'gemini', '', 'agent', 'gemini claude router'],
    // immediate: the order always, but not where Claude would refuse.
    ['immediate', 'gemini', '', 'turn', 'claude gemini router'],
    ['immediate', 'gemini', '', 'loop', 'claude gemini router'],
    ['immediate', 'gemini', '', 'side', 'claude gemini router'],
    ['immediate', 'gemini', '', 'foreign', 'gemini router claude'],
    ['immediate', 'gemini', 'gemini', 'foreign', 'router claude'],
    ['turn', 'gemini', '', 'foreign', 'gemini router claude'],
    ['turn', 'gemini', 'gemini', 'foreign', 'router claude'],
    ['turn', 'claude', '', 'foreign', 'claude gemini router'],
    // ccmux use: from the next request on, also inside a loop.
    ['turn', 'new pin router', '', 'loop', 'router claude gemini'],
    ['turn', 'new pin claude, gemini', '', 'loop', 'claude gemini router'],
    ['manual', 'new pin claude, gemini', '', 'turn', 'claude gemini router'],
    ['immediate', 'new pin router, gemini', '', 'side', 'router claude gemini'],
    ['turn', 'new pin claude, gemini', '', 'foreign', 'gemini router claude'],
    ['turn', 'new pin router, gemini', 'router', 'loop', 'claude gemini'],
    // Then the pinned one is the preferred one.
    ['turn', 'pin router, router', '', 'turn', 'router claude gemini'],
    ['turn', 'pin router, claude', 'router', 'loop', 'claude gemini'],
    ['turn', 'pin router, claude', '', 'loop', 'claude router gemini'],
    ['turn', 'pin router, claude', '', 'turn', 'router claude gemini'],
    ['manual', 'pin router, claude', '', 'turn', 'claude router gemini'],
    ['immediate', 'pin router, claude', '', 'loop', 'router claude gemini'],
    // --only: that one, in a cooldown or not.
    ['turn', 'only gemini', '', 'turn', 'gemini'],
    ['turn', 'only gemini, claude', 'gemini', 'loop', 'gemini'],
    ['immediate', 'only claude, gemini', 'claude', 'turn', 'claude'],
    // Somebody who has left the order is nobody.
    ['turn', 'gone', '', 'loop', 'claude gemini router'],
    ['turn', 'pin gone', '', 'turn', 'claude gemini router'],
  ];
  it.each(rows)('%s, steering [%s], cooling [%s], %s → %s', (switchBack, steer, cooldowns, moment, expected) => {
    expect(chosen(switchBack, steer, cooldowns, moment)).toBe(expected);
  });

  it('holds a family back only for its own models', () => {
    const given = {
      order: ORDER,
      cooldowns: cooling('claude/opus'),
      steering: {},
      switchBack: 'turn',
      overBudget: new Set<string>(),
      failover: true,
      now: NOW,
    } as const;
    const first = (family?: ModelFamily) => choose({ ...given, request: facts('turn', { family }) }).candidates[0];
    expect([first('opus'), first('sonnet'), first('haiku'), first()]).toEqual(['gemini', 'claude', 'claude', 'claude']);
  });

  it('is over to the millisecond', () => {
    const at = (now: number) =>
      choose({
        order: ORDER,
        cooldowns: cooling('claude'),
        steering: {},
        switchBack: 'turn',
        overBudget: new Set(),
        failover: true,
        request: facts('turn'),
        now,
      }).candidates[0];
    expect([at(LATER - 1), at(LATER)]).toEqual(['gemini', 'claude']);
  });
});

describe('who is passed over', () => {
  const few = { ...gemini, id: 'few', maxTools: 128 };
  const noImages = { ...gemini, id: 'blind', capabilities: { ...ALL, images: false } };
  const noPdfs = { ...gemini, id: 'nopdf', capabilities: { ...ALL, pdfs: false } };
  const noTools = { ...gemini, id: 'toolless', capabilities: { ...ALL, tools: false } };
  const noKey = {
    ...gemini,
    id: 'keyless',
    ready: false,
    notReady: { kind: 'no-key', variables: ['GEMINI_API_KEY'] } as const,
  };
  const images = { needs: { images: true, pdfs: false, tools: true } };
  const both = { needs: { images: true, pdfs: true, tools: true } };
  type Row = [
    what: string,
    order: Candidate[],
    over: {
      request?: Partial<RequestFacts>;
      cooldowns?: string;
      overBudget?: string[];
      failover?: boolean;
      steering?: string;
    },
    expected: string,
    skipped: string[],
  ];
  // oxfmt-ignore
  const rows: Row[] = [
    ['cooldown', [claude, gemini], { cooldowns: 'claude' }, 'gemini', ['claude cooldown: 429 (5-hour limit)']],
    ['without a key', [claude, noKey, gemini], {}, 'claude gemini', ['keyless no_key: no key (GEMINI_API_KEY)']],
    ['over the spending cap', [claude, gemini], { overBudget: ['gemini'] }, 'claude', ['gemini budget: over your budget']],
    ['over the cap but free', [claude, gemini], { overBudget: ['claude'] }, 'claude gemini', []],
    ['without images', [noImages, gemini], { request: images }, 'gemini blind', ['blind cannot_take: cannot take images']],
    ['without images, all of them', [noImages, { ...noImages, id: 'blind2' }], { request: images }, 'blind blind2', []],
    ['without images, the able one is unavailable', [noImages, gemini], { request: images, cooldowns: 'gemini' }, 'blind', ['gemini cooldown: 429 (5-hour limit)']],
    ['too few tools', [few, gemini], { request: { toolCount: 140 } }, 'gemini few', ['few cannot_take: takes 128 tools, the request has 140']],
    ['too few tools, all of them', [few, { ...few, id: 'few2' }], { request: { toolCount: 140 } }, 'few few2', []],
    ['too few tools, in the middle of its turn', [few, gemini], { request: { toolCount: 140, turn: loop }, steering: 'few' }, 'few gemini', []],
    ['enough tools', [few, gemini], { request: { toolCount: 128 } }, 'few gemini', []],
    ['without PDFs or images', [noImages, noPdfs, gemini], { request: both }, 'gemini blind nopdf', ['blind cannot_take: cannot take images', 'nopdf cannot_take: cannot take PDFs']],
    ['without images, none needed', [noImages, gemini], {}, 'blind gemini', []],
    ['without tools', [claude, noTools, gemini], {}, 'claude gemini', ['toolless cannot_take: cannot take tools']],
    ['without tools, none needed', [claude, noTools], { request: { needs: { images: false, pdfs: false, tools: false } } }, 'claude toolless', []],
    ['window too small', [claude, router, gemini], { request: { inputTokens: () => 150_000 } }, 'claude gemini', ['router window: its context window of 128k is smaller than the conversation (about 150k)']],
    ['window nearly too small: ask', [claude, router], { request: { inputTokens: () => 136_000 } }, 'claude router', []],
    ['window of Claude: Claude judges', [claude, gemini], { request: { inputTokens: () => 400_000 } }, 'claude gemini', []],
    ['window of a translated first one', [router, gemini], { request: { inputTokens: () => 400_000 } }, 'gemini', ['router window: its context window of 128k is smaller than the conversation (about 400k)']],
    ['too large for images too: never degraded', [{ ...noImages, contextWindow: 10 }, gemini], { request: images }, 'gemini', ['blind window: its context window of 10 is smaller than the conversation (about 1k)']],
    ['everybody is unavailable', [claude, gemini], { cooldowns: 'claude gemini' }, '', ['claude cooldown: 429 (5-hour limit)', 'gemini cooldown: 429 (5-hour limit)']],
    ['--no-failover', [claude, gemini], { failover: false }, 'claude', []],
    ['--no-failover, cooling', [claude, gemini], { failover: false, cooldowns: 'claude' }, 'claude', []],
    ['--no-failover, pinned', [claude, gemini], { failover: false, steering: 'pin gemini' }, 'gemini', []],
    ['--only', [claude, gemini, router], { steering: 'only gemini' }, 'gemini', ['claude not_chosen: only gemini was chosen', 'router not_chosen: only gemini was chosen']],
    ['--only, over the cap', [claude, gemini], { steering: 'only gemini', overBudget: ['gemini'] }, '', ['claude not_chosen: only gemini was chosen', 'gemini budget: over your budget']],
    ['--only, cannot take it', [claude, noImages], { steering: 'only blind', request: images }, 'blind', ['claude not_chosen: only blind was chosen']],
  ];
  it.each(rows)('%s', (_what, order, over, expected, skipped) => {
    const choice = choose({
      order,
      cooldowns: cooling(over.cooldowns ?? ''),
      steering: steering(over.steering ?? ''),
      switchBack: 'turn',
      overBudget: new Set(over.overBudget),
      failover: over.failover ?? true,
      request: facts('turn', over.request),
      now: NOW,
    });
    expect(choice.candidates.join(' ')).toBe(expected);
    expect(
      choice.skipped.map(({ provider, reason, detail }) => `${provider} ${reason}: ${reasonText(detail)}`),
    ).toEqual(skipped);
  });

  it('says until when one is unavailable', () => {
    const choice = choose({
      order: ORDER,
      cooldowns: cooling('claude'),
      steering: {},
      switchBack: 'turn',
      overBudget: new Set(),
      failover: true,
      request: facts('turn'),
      now: NOW,
    });
    expect(choice.skipped).toEqual([{ provider: 'claude', reason: 'cooldown', detail: FIVE_HOURS, until: LATER }]);
  });
});

describe('before the body is read', () => {
  // oxfmt-ignore
  const rows: [what: string, steering: string, cooling: string, family: ModelFamily | undefined, over: { order?: Candidate[]; failover?: boolean; overBudget?: string[] }, may: boolean][] = [
    ['nothing has happened', '', '', undefined, {}, true],
    ['another one is unavailable', '', 'gemini', undefined, {}, true],
    ['it is unavailable', '', 'claude', 'opus', {}, false],
    ['it is unavailable for this family', '', 'claude/opus', 'opus', {}, false],
    ['it is unavailable for another family', '', 'claude/opus', 'haiku', {}, true],
    ['it is unavailable for some family, the model is unknown', '', 'claude/opus', undefined, {}, false],
    ['somebody else serves', 'gemini', '', undefined, {}, false],
    ['it serves itself', 'claude', '', undefined, {}, true],
    ['somebody else is pinned', 'pin gemini', '', undefined, {}, false],
    ['it is pinned', 'pin claude, claude', '', undefined, {}, true],
    ['newly pinned while another one serves', 'new pin claude, gemini', '', undefined, {}, false],
    ['it alone is pinned', 'only claude, gemini', 'claude', undefined, {}, true],
    ['--no-failover, cooling', '', 'claude', undefined, { failover: false }, true],
    ['translated', '', '', undefined, { order: [gemini, claude] }, false],
    ['without a key', '', '', undefined, { order: [{ ...claude, ready: false }, gemini] }, false],
    ['over the cap', '', '', undefined, { order: [{ ...claude, paid: true }], overBudget: ['claude'] }, false],
    ['no order', '', '', undefined, { order: [] }, false],
  ];
  it.each(rows)('%s', (_what, steer, cooldowns, family, { order = ORDER, failover = true, overBudget = [] }, may) => {
    expect(
      mayForwardUnread({
        order,
        cooldowns: cooling(cooldowns),
        steering: steering(steer),
        switchBack: 'turn',
        overBudget: new Set(overBudget),
        failover,
        family,
        now: NOW,
      }),
    ).toBe(may);
  });
});

describe('after an answer', () => {
  // oxfmt-ignore
  const rows: [steering: string, thread: TurnFacts['thread'], provider: string, expected: string][] = [
    ['', 'main', 'claude', ''],
    ['', 'main', 'gemini', 'gemini'],
    ['gemini', 'main', 'gemini', 'gemini'],
    ['gemini', 'main', 'router', 'router'],
    ['gemini', 'main', 'claude', ''],
    ['', 'side', 'gemini', ''],
    ['gemini', 'side', 'claude', 'gemini'],
    ['gemini', 'subagent', 'claude', 'gemini'],
    ['new pin router, gemini', 'side', 'router', 'new pin router, gemini'],
    ['new pin router, gemini', 'main', 'router', 'pin router, router'],
    ['new pin router', 'main', 'claude', 'pin router, claude'],
    ['pin router, claude', 'main', 'router', 'pin router, router'],
    ['only gemini', 'main', 'gemini', 'only gemini, gemini'],
  ];
  it.each(rows)('[%s], %s answered by %s → [%s]', (before, thread, provider, expected) => {
    expect(afterAnswer(steering(before), { thread, provider, preferred: 'claude' })).toEqual(steering(expected));
  });
});

/** A whole session, request by request: who is unavailable, what kind of request, who answers. */
describe('a session over a reset', () => {
  // oxfmt-ignore
  const steps: [cooldowns: string, moment: Moment][] = [
    ['', 'turn'],
    ['claude', 'loop'],
    ['claude', 'side'],
    ['claude', 'turn'],
    ['', 'loop'],
    ['', 'side'],
    ['', 'agent'],
    ['', 'turn'],
    ['', 'loop'],
  ];
  it.each<[SwitchBack, string]>([
    ['turn', 'claude gemini gemini gemini gemini gemini gemini claude claude'],
    ['manual', 'claude gemini gemini gemini gemini gemini gemini gemini gemini'],
    ['immediate', 'claude gemini gemini gemini claude claude claude claude claude'],
  ])('%s: %s', (switchBack, expected) => {
    let steer: Steering = {};
    const served: string[] = [];
    for (const [cooldowns, moment] of steps) {
      const { candidates } = choose({
        order: ORDER,
        cooldowns: cooling(cooldowns),
        steering: steer,
        switchBack,
        overBudget: new Set(),
        failover: true,
        request: facts(moment),
        now: NOW,
      });
      const provider = candidates[0] ?? 'nobody';
      steer = afterAnswer(steer, { thread: MOMENTS[moment].thread, provider, preferred: 'claude' });
      served.push(provider);
    }
    expect(served.join(' ')).toBe(expected);
  });
});

describe('the way back from a hiccup', () => {
  const WARM = NOW + 300_000;

  // oxfmt-ignore
  const rows: [what: string, switchBack: SwitchBack, steer: Steering, cooldowns: string, moment: Moment, now: number, expected: string][] = [
    ['at once when it is ready, also in a tool loop', 'turn', { serving: 'gemini', warmUntil: WARM }, '', 'loop', NOW, 'claude gemini router'],
    ['not while it is unavailable', 'turn', { serving: 'router', warmUntil: WARM }, 'claude', 'loop', NOW, 'router gemini'],
    ['not with a cold cache', 'turn', { serving: 'gemini', warmUntil: WARM }, '', 'loop', WARM, 'gemini claude router'],
    ['after a limit at the next turn', 'turn', { serving: 'gemini' }, '', 'loop', NOW, 'gemini claude router'],
    ['once a turn', 'turn', { serving: 'gemini', returned: true }, '', 'loop', NOW, 'gemini claude router'],
    ['at the next turn in any case', 'turn', { serving: 'gemini', returned: true }, '', 'turn', NOW, 'claude gemini router'],
    ['side requests follow', 'turn', { serving: 'gemini', warmUntil: WARM }, '', 'side', NOW, 'gemini claude router'],
    ['agents follow', 'turn', { serving: 'gemini', warmUntil: WARM }, '', 'agent', NOW, 'gemini claude router'],
    ['not where the older thinking mode forbids it', 'turn', { serving: 'gemini', warmUntil: WARM }, '', 'foreign', NOW, 'gemini router claude'],
    ['not when the user wants to say so', 'manual', { serving: 'gemini', warmUntil: WARM }, '', 'loop', NOW, 'gemini claude router'],
    ['to whom the user chose', 'turn', { pinned: { provider: 'router', only: false }, pinTried: true, serving: 'gemini', warmUntil: WARM }, '', 'loop', NOW, 'router claude gemini'],
  ];
  it.each(rows)('%s', (_what, switchBack, steering, cooldowns, moment, now, expected) => {
    const given = {
      order: ORDER,
      cooldowns: cooling(cooldowns, WARM * 2),
      steering,
      switchBack,
      overBudget: new Set<string>(),
      failover: true,
      now,
    };
    const { candidates } = choose({ ...given, request: facts(moment) });
    expect(candidates.join(' ')).toBe(expected);
  });

  // oxfmt-ignore
  const answers: [what: string, before: Steering, answer: { provider: string; startsTurn?: boolean; warmUntil?: number; thread?: 'side' }, after: Steering][] = [
    ['left for a hiccup', {}, { provider: 'gemini', warmUntil: WARM }, { serving: 'gemini', warmUntil: WARM }],
    ['left for a limit', {}, { provider: 'gemini' }, { serving: 'gemini' }],
    ['still away: as warm as before', { serving: 'gemini', warmUntil: WARM }, { provider: 'gemini', warmUntil: WARM + 1 }, { serving: 'gemini', warmUntil: WARM }],
    ['with another', { serving: 'gemini', warmUntil: WARM }, { provider: 'router', warmUntil: WARM + 1 }, { serving: 'router', warmUntil: WARM }],
    ['back in the turn', { serving: 'gemini', warmUntil: WARM }, { provider: 'claude' }, { returned: true }],
    ['remembered', { returned: true }, { provider: 'claude' }, { returned: true }],
    ['left again: it stays away', { returned: true }, { provider: 'gemini', warmUntil: WARM }, { serving: 'gemini', returned: true }],
    ['until the next turn', { serving: 'gemini', returned: true }, { provider: 'claude', startsTurn: true }, {}],
    ['forgotten at the next turn', { returned: true }, { provider: 'claude', startsTurn: true }, {}],
    ['left at the beginning of the next turn', { returned: true }, { provider: 'gemini', startsTurn: true, warmUntil: WARM }, { serving: 'gemini', warmUntil: WARM }],
    ['back at a turn is no early return', { serving: 'gemini', warmUntil: WARM }, { provider: 'claude', startsTurn: true }, {}],
    ['a side request changes nothing', { serving: 'gemini', warmUntil: WARM }, { provider: 'claude', thread: 'side' }, { serving: 'gemini', warmUntil: WARM }],
    ['a chosen one that was left', { pinned: { provider: 'router', only: false }, pinTried: true, serving: 'router' }, { provider: 'claude', warmUntil: WARM }, { pinned: { provider: 'router', only: false }, pinTried: true, serving: 'claude', warmUntil: WARM }],
  ];
  it.each(answers)('%s', (_what, before, answer, after) => {
    expect(afterAnswer(before, { thread: 'main', preferred: 'claude', ...answer })).toEqual(after);
  });
});

it('prefers the pinned one, else the first', () => {
  expect([
    preferredOf(ORDER, {}),
    preferredOf(ORDER, steering('pin router')),
    preferredOf(ORDER, steering('pin gone')),
    preferredOf([], {}),
  ]).toEqual(['claude', 'router', 'claude', undefined]);
});

it('names every provider at most once, never one in a cooldown, and forwards unread only to whom it would ask first', () => {
  const id = fc.constantFrom('claude', 'gemini', 'router');
  fc.assert(
    fc.property(
      fc.subarray(['claude', 'gemini', 'router']),
      fc.option(id, { nil: undefined }),
      fc.option(fc.record({ provider: id, only: fc.boolean() }), { nil: undefined }),
      fc.boolean(),
      fc.constantFrom<SwitchBack>('turn', 'manual', 'immediate'),
      fc.constantFrom<Moment>('turn', 'loop', 'foreign', 'side', 'agent'),
      fc.boolean(),
      (cooldowns, serving, pinned, pinTried, switchBack, moment, failover) => {
        const given = {
          order: ORDER,
          cooldowns: cooling(cooldowns.join(' ')),
          switchBack,
          overBudget: new Set<string>(),
          failover,
          now: NOW,
          steering: {
            ...(serving === undefined ? {} : { serving }),
            ...(pinned === undefined ? {} : { pinned, pinTried }),
          },
        };
        const choice = choose({ ...given, request: facts(moment) });
        const ids = choice.candidates;
        expect(new Set(ids).size).toBe(ids.length);
        const sole = !failover || pinned?.only === true;
        const ready = ORDER.map((each) => each.id).filter((each) => !cooldowns.includes(each));
        expect(ids.toSorted()).toEqual(sole ? [pinned?.provider ?? 'claude'] : ready.toSorted());
        expect(mayForwardUnread(given) && ids[0] !== 'claude').toBe(false);
      },
    ),
  );
});
