import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { changedText } from '../../src/config/change.ts';

const FILE = `# Mine, and nobody else's.
order: [claude,   gemini]     # exactly these

# Money
budget:
  perSession: 5   # a coffee
  # perDay: 20

providers:
  local:
    kind: openai-compatible
    baseUrl: http://127.0.0.1:11434/v1   # Ollama
    models: { default: qwen3-coder }
`;

describe('a change touches nothing else', () => {
  // oxfmt-ignore
  const rows: [what: string, path: string[], value: unknown, before: string, after: string][] = [
    ['a list', ['order'], ['claude', 'groq'], '[claude,   gemini]', '[claude, groq]'],
    ['a number', ['budget', 'perSession'], 2.5, 'perSession: 5 ', 'perSession: 2.5 '],
    ['a text', ['providers', 'local', 'baseUrl'], 'http://127.0.0.1:1/v1', 'http://127.0.0.1:11434/v1', 'http://127.0.0.1:1/v1'],
    ['inside braces', ['providers', 'local', 'models', 'default'], 'glm', 'default: qwen3-coder', 'default: glm'],
    ['new inside braces', ['providers', 'local', 'models', 'opus'], 'glm', 'default: qwen3-coder }', 'default: qwen3-coder, opus: glm }'],
    ['a text that must be quoted', ['providers', 'local', 'kind'], 'a: b', 'kind: openai-compatible', 'kind: "a: b"'],
    ['a new setting', ['switchBack'], 'manual', 'qwen3-coder }\n', 'qwen3-coder }\nswitchBack: manual\n'],
    ['a new group', ['failover', 'retries'], 0, 'qwen3-coder }\n', 'qwen3-coder }\nfailover:\n  retries: 0\n'],
    ['a new member', ['budget', 'perDay'], 20, '# a coffee\n', '# a coffee\n  perDay: 20\n'],
    ['one less', ['order'], undefined, 'order: [claude,   gemini]     # exactly these\n', ''],
    ['the last of a group', ['budget', 'perSession'], undefined, 'budget:\n  perSession: 5   # a coffee\n', ''],
    ['a whole group', ['providers', 'local'], undefined, FILE.slice(FILE.indexOf('providers:')), ''],
    ['what is not there', ['providers', 'groq'], undefined, '', ''],
    ['a new provider', ['providers', 'groq', 'apiKey'], '${K}', 'qwen3-coder }\n', 'qwen3-coder }\n  groq:\n    apiKey: "${K}"\n'],
  ];
  test.each(rows)('%s', (_, path, value, before, after) => {
    expect(changedText('config.yaml', FILE, [{ path, value }])).toBe(FILE.replace(before, () => after));
  });

  test.each(rows)('in a file of Windows: %s', (_, path, value, before, after) => {
    const windows = (text: string) => text.replaceAll('\n', '\r\n');
    const wanted = windows(FILE.replace(before, () => after));
    expect(changedText('config.yaml', windows(FILE), [{ path, value }])).toBe(wanted);
  });

  test('in JSON of Windows', () => {
    const changed = changedText('config.json', '{\r\n\t"order": ["claude"]\r\n}\r\n', [
      { path: ['switchBack'], value: 'turn' },
    ]);
    expect(changed).toBe('{\r\n\t"order": [\r\n\t\t"claude"\r\n\t],\r\n\t"switchBack": "turn"\r\n}\r\n');
  });
});

test.each([
  ['an empty file', '', 'order: [claude]\n'],
  ['nothing but comments', '# nothing yet\n', '# nothing yet\norder: [claude]\n'],
  ['no last line end', 'switchBack: turn', 'switchBack: turn\norder: [claude]\n'],
  ['a list of lines', 'order:\n  - claude # me\n  - gemini\n', 'order:\n  - claude # me\n'],
  ['braces', '{ switchBack: turn }\n', '{ switchBack: turn, order: [claude] }\n'],
])('%s', (_, text, expected) => {
  expect(changedText('.ccmuxrc', text, [{ path: ['order'], value: ['claude'] }])).toBe(expected);
});

test('what is taken out of braces goes with a mapping that would be empty, and the comments stay', () => {
  const text = '# mine\n{ order: [claude], budget: { perDay: 3 } } # all\n';
  const changed = changedText('config.yaml', text, [{ path: ['budget', 'perDay'], value: undefined }]);
  expect(changed).toBe('# mine\n{ order: [ claude ] } # all\n');
});

test('a mapping is changed member by member', () => {
  const text = 'limits: { connect: 5s }\n';
  const changed = changedText('config.yaml', text, [{ path: ['limits'], value: { whole: '2m' } }]);
  expect(parse(changed)).toEqual({ limits: { connect: '5s', whole: '2m' } });
});

test('JSON stays JSON, with its own indentation', () => {
  const text = '{\n    "order": ["claude"],\n    "budget": { "perDay": 3 }\n}\n';
  const changed = changedText('config.json', text, [
    { path: ['order'], value: ['gemini'] },
    { path: ['budget', 'perDay'], value: undefined },
  ]);
  expect(JSON.parse(changed)).toEqual({ order: ['gemini'] });
  expect(changed).toMatch(/^ {4}"order"/m);
});

test('a text that holds an anchor still says what was wanted', () => {
  const text = 'providers:\n  a: &a { kind: openai, models: { default: m } }\n  b: *a\n';
  const changed = changedText('config.yaml', text, [{ path: ['providers', 'a', 'kind'], value: 'gemini' }]);
  expect(parse(changed).providers.a.kind).toBe('gemini');
});
