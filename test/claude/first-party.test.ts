import { expect, it } from 'vitest';
import { FIRST_PARTY_HEADERS, HINT_HEADERS } from '../../src/claude/claude-code-2.1.330.ts';
import { clientVersion, identityOf, isAnthropic, withheldAt } from '../../src/claude/first-party.ts';

const ANTHROPIC = 'https://api.anthropic.com';
const TOLD = { _CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL: '1' };
const HINTS = { CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1' };
const SWITCHES = { ENABLE_TOOL_SEARCH: 'true', CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING: '1', ...HINTS };
const listens = { wanted: true, ignored: false };

it.each([
  { upstream: ANTHROPIC, kind: 'told', variables: TOLD, withheld: 0 },
  { upstream: `${ANTHROPIC}/`, kind: 'told', variables: TOLD, withheld: 0 },
  { upstream: 'https://api.anthropic.com:443/v1', kind: 'told', variables: TOLD, withheld: 0 },
  { upstream: ANTHROPIC, how: { ...listens, wanted: false }, kind: 'switches', variables: SWITCHES, withheld: 0 },
  { upstream: ANTHROPIC, how: { ...listens, ignored: true }, kind: 'switches', variables: SWITCHES, withheld: 0 },
  { upstream: ANTHROPIC, users: TOLD, kind: 'untouched', variables: {}, withheld: 0 },
  { upstream: 'https://gateway.example', kind: 'untouched', variables: HINTS, withheld: HINT_HEADERS.size },
  { upstream: 'http://127.0.0.1:4000/claude', kind: 'untouched', variables: HINTS, withheld: HINT_HEADERS.size },
  { upstream: 'https://gateway.example', users: HINTS, kind: 'untouched', variables: {}, withheld: 0 },
  { upstream: 'https://gateway.example', users: TOLD, kind: 'untouched', variables: {}, withheld: 0 },
  {
    upstream: 'https://api.anthropic.com.evil.example',
    kind: 'untouched',
    variables: HINTS,
    withheld: HINT_HEADERS.size,
  },
  { upstream: 'not an address', kind: 'untouched', variables: HINTS, withheld: HINT_HEADERS.size },
])('$upstream, $how, $users: $kind', ({ upstream, how = listens, users = {}, kind, variables, withheld }) => {
  const identity = identityOf(upstream, how, (name) => (users as Record<string, string>)[name]);
  expect({ ...identity, withheld: identity.withheld.size }).toEqual({ kind, variables, withheld });
});

const GATEWAY = 'https://gateway.example';
const BOTH = [...FIRST_PARTY_HEADERS, ...HINT_HEADERS];

it.each<[at: string, launchedAt: string, how: typeof listens, users: object, withheld: readonly string[]]>([
  [GATEWAY, GATEWAY, listens, {}, [...HINT_HEADERS]],
  [GATEWAY, GATEWAY, listens, HINTS, []],
  [GATEWAY, ANTHROPIC, listens, {}, BOTH],
  [GATEWAY, ANTHROPIC, { ...listens, wanted: false }, {}, [...HINT_HEADERS]],
  [GATEWAY, ANTHROPIC, listens, TOLD, []],
  [ANTHROPIC, GATEWAY, listens, {}, []],
  [ANTHROPIC, ANTHROPIC, listens, {}, []],
  ['http://127.0.0.1:9', ANTHROPIC, listens, {}, BOTH],
])('at %s, launched at %s, %j, %j', (at, launchedAt, how, users, withheld) => {
  const identity = identityOf(launchedAt, how, (name) => (users as Record<string, string>)[name]);
  expect([...withheldAt(at, identity)].toSorted()).toEqual(withheld.toSorted());
});

it.each([
  ['https://api.anthropic.com', true],
  ['https://API.anthropic.com/', true],
  ['https://api.anthropic.com:8443', false],
  ['https://anthropic.com', false],
  ['', false],
])('%s is the address of Anthropic: %s', (address, expected) => {
  expect(isAnthropic(address)).toBe(expected);
});

it.each([
  ['claude-cli/2.1.330 (external, cli)', '2.1.330'],
  ['claude-cli/2.1.330 (external, sdk-cli)', '2.1.330'],
  ['anthropic-sdk-python/1.2.3', undefined],
  ['Bun/1.4.4', undefined],
  [undefined, undefined],
])('%s is Claude Code %s', (agent, version) => {
  expect(clientVersion(agent)).toBe(version);
});
