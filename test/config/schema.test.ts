import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileSchema, jsonSchema } from '../../src/config/file-schema.ts';
import type { z } from 'zod';
import type { providerSchema } from '../../src/config/provider-schema.ts';
import type { Config, ProviderSettings } from '../../src/config/schema.ts';
import { ROWS } from '../../src/config/settings.ts';

test('the published JSON Schema is current (if not: npx tsx src/cli/entry.ts config schema > src/config/schema.json)', () => {
  const published: unknown = JSON.parse(readFileSync(new URL('../../src/config/schema.json', import.meta.url), 'utf8'));
  expect(published).toEqual(jsonSchema());
});

test('it names every setting that has a flag', () => {
  type Node = { properties?: Record<string, Node> };
  for (const [path] of ROWS) {
    const node = path.split('.').reduce<Node | undefined>((at, key) => at?.properties?.[key], jsonSchema() as Node);
    expect({ path, known: node !== undefined }).toEqual({ path, known: true });
  }
});

test('what the schema lets through is what the program reads', () => {
  // Checked by the compiler: a setting that one of the two does not know fails here.
  type FileProvider = z.infer<typeof providerSchema>;
  const names: Record<keyof FileProvider, keyof ProviderSettings> = {
    label: 'label',
    kind: 'kind',
    baseUrl: 'baseUrl',
    apiKey: 'apiKey',
    apiKeyCommand: 'apiKeyCommand',
    headers: 'headers',
    models: 'models',
    contextWindow: 'contextWindow',
    maxOutput: 'maxOutput',
    images: 'images',
    pdfs: 'pdfs',
    tools: 'tools',
    limits: 'limits',
    price: 'price',
    region: 'region',
    project: 'project',
  } satisfies Record<keyof ProviderSettings, keyof FileProvider>;
  const kinds: readonly NonNullable<FileProvider['kind']>[] = [] as NonNullable<Config['providers'][string]['kind']>[];
  expect(Object.keys(names)).toHaveLength(16);
  expect(kinds).toEqual([]);
});

test('a full example is valid', () => {
  const example = {
    $schema: './config.schema.json',
    order: ['claude', 'gemini', 'local'],
    switchBack: 'turn',
    failover: { enabled: true, on: ['rate_limit', 'billing'], waitUpTo: '0s', firstByteTimeout: '60s' },
    budget: { perSession: 5, perDay: 20 },
    report: { previews: false },
    client: { firstParty: false },
    providers: {
      gemini: { apiKey: '${GEMINI_API_KEY}', models: { opus: 'gemini-pro-latest' } },
      local: {
        label: 'My own',
        kind: 'openai-compatible',
        baseUrl: 'http://127.0.0.1:11434/v1',
        models: { default: 'qwen3-coder' },
        contextWindow: 131072,
        limits: { requestsPerDay: 1500 },
        price: { input: 0.5, output: 1.5, cacheRead: 0.05, cacheWrite: 0.6 },
      },
    },
  };
  expect(fileSchema.parse(example)).toEqual(example);
});
