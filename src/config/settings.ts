import type { FailureClass } from '../events.ts';
import type { SafetyChecks } from '../failover/situation.ts';
import type { SwitchBack } from '../failover/steering.ts';
import type { MemoryMode } from '../memory/hand-off.ts';
import type { FooterField, Notification } from '../state/live.ts';
import { embedding } from './embedding.ts';
import { handoffRules, moreHeld, overflow, routeList } from './rules.ts';
import { duration, durations, onOff, onUnless, oneOf, providerIds, someOf, upTo, usd } from './shapes.ts';
import type { Shape } from './shapes.ts';
import { command, sharedAddress } from './shared-address.ts';
import { atMost, atMostUnlessUnlimited, fewer, fewerBehindTheFirst, noLooser, onlyOff } from './stricter.ts';
import type { Rule } from './stricter.ts';
import { localServer, MEMORY_STORE, ownFolder } from './stores.ts';

/**
 * One setting. Flags, variables, the JSON Schema, the defaults, the template of `ccmux init` and the table of
 * `help/configuration.md` follow from these rows, and so does the type `Config`; for a new setting only the code that reads
 * it remains to be written.
 */
export type Setting<InFile, Value> = {
  shape: Shape<InFile, Value>;
  /** In the form that a file holds. Left out: the setting has no value unless the user gives one. */
  default?: NoInfer<InFile>;
  flag: `--${string}`;
  /** The flag's meaning, if the flag is the opposite of the setting. */
  flagMeaning?: string;
  /** A flag that means `off`, where the setting is one of several names. */
  offFlag?: `--no-${string}`;
  offMeaning?: string;
  /** An earlier name of the flag; it still works, and no help shows it. */
  earlierFlag?: `--${string}`;
  variable: `CCMUX_${string}`;
  /** One line without a full stop, for help, schema, template and that table. */
  meaning: string;
  /**
   * What a project's file may do with it: nothing (left out), make it stricter by this rule, or set it `freely`. A project
   * must not choose who reads a conversation, what it costs, or what is hidden from the user. `never`: not even a file
   * that the user trusts.
   */
  project?: NoInfer<Rule<InFile>> | 'freely' | 'never';
  /** Shown by the help instead of the default, and by the template of `ccmux init` where there is none. */
  example?: NoInfer<InFile>;
  /** The example as the flag and the variable have it, where a file writes it in another way. */
  flagExample?: string;
};

/** Checks a row, and keeps whether it has a default. */
function row<InFile, Value>(
  setting: Setting<InFile, Value> & { default: NoInfer<InFile> },
): Setting<InFile, Value> & { default: InFile };
function row<InFile, Value>(setting: Setting<InFile, Value>): Setting<InFile, Value>;
function row<InFile, Value>(setting: Setting<InFile, Value>): Setting<InFile, Value> {
  return setting;
}

/** More retries within two seconds would burden a failing host. */
const MOST_RETRIES = 5;

export const SWITCH_BACK = oneOf<SwitchBack>('when', {
  turn: 'with your next message',
  manual: 'when you say so: ccmux use claude',
  immediate: 'with the next request',
});

export const FAILURES = someOf<FailureClass>('failures', {
  rate_limit: true,
  overloaded: true,
  server_error: true,
  network: true,
  timeout: true,
  billing: true,
  // A request that was translated badly always fails over; these two never do.
  translation: false,
  refused: false,
  client: false,
});

export const SAFETY_CHECKS = oneOf<SafetyChecks>('who', {
  claude: 'nobody: they are refused',
  ask: 'you',
  other: 'a provider that did not propose them',
});

export const MEMORY_MODE = oneOf<MemoryMode>('mode', {
  project: 'that, and what fits of earlier sessions in this project, kept on this machine',
  session: 'what was said and done in this session, kept in memory only',
  off: 'nothing',
});

/** A longer note would take the place of the conversation. */
const MOST_NOTE_TOKENS = 20_000;

/** Ten years. */
const MOST_KEPT_DAYS = 3_650;

export type WebSearch = 'off' | 'provider';

const WEB_SEARCH = oneOf<WebSearch>('who', {
  off: 'nobody: Claude Code is told that there is none',
  provider: 'whoever answers, with its own web search',
});

/** Every setting that has a flag and a variable, by its place in a file, in the order in which they are shown. */
export const SETTINGS = {
  order: row({
    shape: providerIds,
    flag: '--order',
    variable: 'CCMUX_ORDER',
    meaning: 'who answers, in this order; a conversation is sent to no other provider',
    project: fewerBehindTheFirst,
    example: ['claude', 'gemini'],
  }),
  switchBack: row({
    shape: SWITCH_BACK,
    default: 'turn',
    flag: '--switch-back',
    variable: 'CCMUX_SWITCH_BACK',
    meaning: 'when to return to the preferred provider once it can answer again',
    project: noLooser('immediate', 'turn', 'manual'),
  }),
  'failover.enabled': row({
    shape: onUnless,
    default: true,
    flag: '--no-failover',
    flagMeaning: 'relay everything from the first provider in the order',
    variable: 'CCMUX_NO_FAILOVER',
    meaning: 'ask the next provider when one cannot answer',
    project: onlyOff,
  }),
  'failover.on': row({
    shape: FAILURES,
    default: ['rate_limit', 'overloaded', 'server_error', 'network', 'timeout'],
    flag: '--failover-on',
    variable: 'CCMUX_FAILOVER_ON',
    meaning: 'the failures that make ccmux ask the next provider; billing is off because it moves cost',
    project: fewer,
  }),
  'failover.waitUpTo': row({
    shape: duration,
    default: '0s',
    flag: '--wait',
    earlierFlag: '--wait-up-to',
    variable: 'CCMUX_WAIT_UP_TO',
    meaning: 'wait up to this long for a limit to reset before failing over',
  }),
  'failover.firstByteTimeout': row({
    shape: duration,
    default: '60s',
    flag: '--first-byte-timeout',
    variable: 'CCMUX_FIRST_BYTE_TIMEOUT',
    meaning: 'no answer within this time is a failure; sets limits.firstByte and limits.silence',
  }),
  'failover.retries': row({
    shape: upTo(MOST_RETRIES),
    default: 2,
    flag: '--retries',
    variable: 'CCMUX_RETRIES',
    meaning: 'retries at the same provider after a passing failure (529, 5xx, a lost connection)',
  }),
  limits: row({
    shape: durations({
      connect: 'until a connection stands',
      firstByte: 'until the headers of a stream',
      silence: 'between two signs of life of a stream, before its first content',
      firstContent: "until a stream's first content (Claude: 600s)",
      whole: 'for an answer in one piece (Claude: 600s)',
      afterContent: 'between two signs of life after the first content (Claude: 240s)',
    }),
    default: {
      connect: '10s',
      firstByte: '60s',
      silence: '60s',
      firstContent: '240s',
      whole: '240s',
      afterContent: '120s',
    },
    example: { connect: '5s', whole: '4m' },
    flag: '--limits',
    variable: 'CCMUX_LIMITS',
    meaning: 'how long a provider may take (0s: no limit); Claude may take longer while no other provider is ready',
  }),
  'failover.safetyChecks': row({
    shape: SAFETY_CHECKS,
    default: 'ask',
    flag: '--safety-checks',
    variable: 'CCMUX_SAFETY_CHECKS',
    meaning: "who checks a fallback's actions in auto mode while Claude cannot",
    project: noLooser('claude', 'ask', 'other'),
  }),
  webSearch: row({
    shape: WEB_SEARCH,
    default: 'off',
    flag: '--web-search',
    variable: 'CCMUX_WEB_SEARCH',
    meaning: 'who searches the web while Claude cannot; a search sends words of yours out, and may cost',
    project: noLooser('off', 'provider'),
  }),
  handoff: row({
    shape: handoffRules,
    default: [],
    flag: '--handoff',
    variable: 'CCMUX_HANDOFF',
    meaning: 'what another provider may never answer (hold), or only after a question (ask); the strictest rule counts',
    project: moreHeld,
    example: [
      { when: { paths: ['payments/**'] }, then: 'hold' },
      { when: { prompt: ['security review'] }, then: 'ask' },
    ],
    flagExample: 'hold paths=payments/**; ask prompt=security review',
  }),
  overflow: row({
    shape: overflow,
    flag: '--overflow',
    variable: 'CCMUX_OVERFLOW',
    meaning:
      "what goes to the next provider while one of Claude's limits is nearly full, so that the rest lasts longer",
    example: { at: '90%', until: '80%', move: ['auxiliary', 'subagents'] },
    flagExample: 'at=90%,until=80%,move=auxiliary+subagents',
  }),
  routes: row({
    shape: routeList,
    default: [],
    flag: '--routes',
    variable: 'CCMUX_ROUTES',
    meaning: 'an order of their own for some requests; the first route that matches counts',
    example: [{ when: { class: 'auxiliary' }, order: ['gemini', 'claude'] }],
    flagExample: 'class=auxiliary -> gemini,claude',
  }),
  embedding: row({
    shape: embedding,
    flag: '--embedding',
    variable: 'CCMUX_EMBEDDING',
    meaning:
      'a local server whose vectors compare prompts with the examples of routes, and with passages (memory.store); else words do',
    example: { url: 'http://127.0.0.1:11434/v1', model: 'nomic-embed-text' },
    flagExample: 'url=http://127.0.0.1:11434/v1,model=nomic-embed-text',
  }),
  'footer.format': row({
    shape: someOf<FooterField>(
      'fields',
      { who: true, next: true, limits: true, approvals: true, budget: true, cost: true },
      { empty: 'a list of at least one field' },
    ),
    default: ['who', 'next', 'limits', 'approvals', 'budget'],
    flag: '--footer-format',
    variable: 'CCMUX_FOOTER_FORMAT',
    meaning: "what ccmux's part of the status line shows, in this order; the last goes first where it is too narrow",
  }),
  notify: row({
    shape: someOf<Notification>('events', { switched: true, nobody: true, back: true }, { none: 'none' }),
    default: ['switched', 'nobody', 'back'],
    flag: '--notify',
    variable: 'CCMUX_NOTIFY',
    meaning: "what the terminal's own notification or bell announces as well",
  }),
  'budget.perSession': row({
    shape: usd,
    flag: '--budget-per-session',
    variable: 'CCMUX_BUDGET_PER_SESSION',
    meaning: 'US dollars a session may spend on paid providers; over it they are skipped',
    project: atMost,
    example: 5,
  }),
  'budget.perDay': row({
    shape: usd,
    flag: '--budget-per-day',
    variable: 'CCMUX_BUDGET_PER_DAY',
    meaning: 'US dollars all sessions of a day may spend on paid providers',
    project: atMost,
    example: 20,
  }),
  'budget.subagentsPerMinute': row({
    shape: upTo(100_000),
    default: 120,
    flag: '--subagents-per-minute',
    variable: 'CCMUX_SUBAGENTS_PER_MINUTE',
    meaning:
      'requests that subagents may send in a minute (0: no limit); beyond it ccmux warns, and paid fallbacks answer none of theirs',
    project: atMostUnlessUnlimited,
  }),
  'memory.mode': row({
    shape: MEMORY_MODE,
    default: 'session',
    flag: '--memory',
    offFlag: '--no-memory',
    offMeaning: 'give the next model no note of what Claude thought and what happened',
    variable: 'CCMUX_MEMORY',
    meaning: 'what the next model is told when Claude cannot answer: of this session, or of earlier ones as well',
    project: noLooser('off', 'session', 'project'),
  }),
  'memory.tokens': row({
    shape: upTo(MOST_NOTE_TOKENS),
    default: 2_500,
    flag: '--memory-tokens',
    variable: 'CCMUX_MEMORY_TOKENS',
    meaning: 'how long that note may be, tokens',
    project: atMost,
  }),
  'memory.reasoning': row({
    shape: onOff,
    default: true,
    flag: '--no-memory-reasoning',
    flagMeaning: "keep Claude's thinking out of that note",
    variable: 'CCMUX_MEMORY_REASONING',
    meaning: "put Claude's thinking into that note, as far as Claude Code shows it",
    project: onlyOff,
  }),
  'memory.keepDays': row({
    shape: upTo(MOST_KEPT_DAYS),
    default: 30,
    flag: '--memory-keep-days',
    variable: 'CCMUX_MEMORY_KEEP_DAYS',
    meaning: 'how long passages of a session are kept for later ones of the project, days (mode: project)',
    project: atMost,
  }),
  'memory.store': row({
    shape: MEMORY_STORE,
    default: 'files',
    flag: '--memory-store',
    variable: 'CCMUX_MEMORY_STORE',
    meaning: 'what finds passages of earlier sessions (mode: project); they are kept in files in any case',
    project: 'never',
  }),
  'memory.mem0': row({
    shape: ownFolder,
    flag: '--memory-mem0',
    variable: 'CCMUX_MEMORY_MEM0',
    meaning: 'the folder in which you have installed mem0ai (store: mem0)',
    project: 'never',
    example: '~/mem0',
  }),
  'memory.chroma': row({
    shape: localServer,
    default: 'http://127.0.0.1:8000',
    flag: '--memory-chroma',
    variable: 'CCMUX_MEMORY_CHROMA',
    meaning: 'where your Chroma server is reached on this machine (store: chroma)',
    project: 'never',
  }),
  attribution: row({
    shape: onOff,
    default: true,
    flag: '--no-attribution',
    flagMeaning: 'let fallback models believe that they are Claude',
    variable: 'CCMUX_ATTRIBUTION',
    meaning: 'tell a fallback model who it is, so that its commits name it and not Claude',
  }),
  shared: row({
    shape: sharedAddress,
    flag: '--shared',
    variable: 'CCMUX_SHARED',
    meaning:
      'a Valkey or Redis server by which several machines share cooldowns, spend, counts and usual times; nothing else',
    project: 'never',
    example: 'valkey://team-cache:6379/0',
  }),
  sharedPasswordCommand: row({
    shape: command,
    flag: '--shared-password-command',
    variable: 'CCMUX_SHARED_PASSWORD_COMMAND',
    meaning: "prints that server's password, if it is not in the address",
    project: 'never',
    example: 'pass show team-cache',
  }),
  'report.previews': row({
    shape: onOff,
    default: true,
    flag: '--no-previews',
    flagMeaning: 'keep no words of prompts and of notes to fallbacks in the journal',
    variable: 'CCMUX_PREVIEWS',
    meaning: 'keep the first 80 characters of each prompt, and each note to a fallback, in the journal',
    project: onlyOff,
  }),
  'client.firstParty': row({
    shape: onOff,
    default: true,
    flag: '--no-first-party',
    flagMeaning: 'do not tell Claude Code that its requests reach Anthropic',
    variable: 'CCMUX_FIRST_PARTY',
    meaning: 'tell Claude Code that its requests reach Anthropic, where they do',
  }),
  'client.showThinking': row({
    shape: onOff,
    default: false,
    flag: '--show-thinking',
    variable: 'CCMUX_SHOW_THINKING',
    meaning: "have Claude Code ask for Claude's thinking in words, so that it can be handed over (not with -p)",
  }),
  telemetry: row({
    shape: onOff,
    default: false,
    flag: '--telemetry',
    variable: 'CCMUX_TELEMETRY',
    meaning: 'send spans and metrics, without texts, to your own OpenTelemetry collector (OTEL_EXPORTER_OTLP_ENDPOINT)',
  }),
  telemetryTexts: row({
    shape: onOff,
    default: false,
    flag: '--telemetry-texts',
    variable: 'CCMUX_TELEMETRY_TEXTS',
    meaning: 'send that collector the texts as well: prompts, answers, tool calls and their results, without secrets',
  }),
};

export type SettingName = keyof typeof SETTINGS;

/** Any row, for code that does not need the type of each value. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnySetting = Setting<any, any>;

/** The rows, by name. */
export const ROWS = Object.entries(SETTINGS) as [SettingName, AnySetting][];

/** Options of a launch alone, which no file holds. */
export const LAUNCH_OPTIONS = {
  yes: {
    flag: '--yes',
    variable: 'CCMUX_YES',
    meaning: 'agree that conversations are sent to, and billed by, the providers whose keys are found',
  },
  config: {
    flag: '--config',
    variable: 'CCMUX_CONFIG',
    meaning: 'read this file in place of your own configuration',
  },
} as const;

/** What the command line gives, by setting: raw text, or false from a `--no-…`. */
export type Flags = { config?: string; yes?: boolean } & { [Name in SettingName]?: string | boolean };

type ValueOf<Name extends SettingName> = (typeof SETTINGS)[Name] extends Setting<infer _, infer Value> ? Value : never;
type WithDefault = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { default: unknown } ? Name : never;
}[SettingName];
type Optional = Exclude<SettingName, WithDefault>;
type Group = SettingName extends infer Name ? (Name extends `${infer Group}.${string}` ? Group : never) : never;
type InGroup<G extends string, Names extends SettingName> = {
  [Name in Names as Name extends `${G}.${infer Member}` ? Member : never]: ValueOf<Name>;
};
type Alone<Names extends SettingName> = {
  [Name in Names as Name extends `${string}.${string}` ? never : Name]: ValueOf<Name>;
};

/** The values of all settings as the program reads them: durations in milliseconds, every default filled in. */
export type SettingValues = Alone<WithDefault> &
  Partial<Alone<Optional>> & { [G in Group]: InGroup<G, WithDefault> & Partial<InGroup<G, Optional>> };
