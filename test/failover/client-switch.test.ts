import { expect, it } from 'vitest';
import { clientHasAnother } from '../../src/failover/client-switch.ts';

it.each([
  ['no fallback model', [], 'opus', false],
  ['an alias', ['sonnet'], 'opus', true],
  ['a full name', ['claude-sonnet-5'], 'opus', true],
  ['the model that it has gone to', ['sonnet'], 'sonnet', false],
  ['the first of two', ['sonnet', 'haiku'], 'sonnet', true],
  ['the last of two', ['sonnet', 'haiku'], 'haiku', false],
  ['a name that could be any model', ['default'], 'opus', false],
  ['a request for a model of no known family', ['sonnet'], undefined, false],
] as const)('%s', (_, models, family, expected) => {
  expect(clientHasAnother(models, family)).toBe(expected);
});
