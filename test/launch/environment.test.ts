import { expect, it } from 'vitest';
import { childEnvironment } from '../../src/launch/environment.ts';

const url = 'http://127.0.0.1:4711/secret';

it('gives the child the address, and what it is to be told', () => {
  expect(childEnvironment({ PATH: '/bin' }, url, { TOLD: '1' })).toEqual({
    PATH: '/bin',
    ANTHROPIC_BASE_URL: url,
    CCMUX_SESSION: `${url}/ccmux`,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    TOLD: '1',
    CLAUDE_CODE_RESUME_HINT_COMMAND: 'claude',
  });
});

it('leaves what the user has set', () => {
  const env = { ENABLE_TOOL_SEARCH: 'auto:5', ANTHROPIC_AUTH_TOKEN: 'theirs', EMPTY: '' };
  const ours = { ENABLE_TOOL_SEARCH: 'true', UNSET: '1', EMPTY: '1' };
  expect(childEnvironment(env, url, ours)).toMatchObject({ ...env, UNSET: '1', EMPTY: '1' });
});

it('never adds a credential', () => {
  const names = Object.keys(childEnvironment({}, url, {}));
  expect(names.filter((name) => /API_KEY|AUTH_TOKEN/.test(name))).toEqual([]);
});

it.each([
  [{ NO_PROXY: 'corp.example' }, 'corp.example,127.0.0.1,localhost'],
  [{ no_proxy: 'corp.example, localhost' }, 'corp.example,localhost,127.0.0.1'],
  [{ NO_PROXY: '127.0.0.1,localhost' }, '127.0.0.1,localhost'],
  [{ NO_PROXY: '' }, '127.0.0.1,localhost'],
  [{ NO_PROXY: 'a.example', no_proxy: 'b.example a.example' }, 'a.example,b.example,127.0.0.1,localhost'],
  [{ NO_PROXY: '*' }, '*'],
  [{ NO_PROXY: '*.example' }, '*.example,127.0.0.1,localhost'],
])('keeps itself out of the proxies of %j', (env, expected) => {
  expect(childEnvironment(env, url, {})).toMatchObject({ NO_PROXY: expected, no_proxy: expected });
});
