import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { loadModel, type ImportOptional } from '../../src/providers/load-model.ts';
import type { TranslatedKind, TranslatedSpec } from '../../src/providers/translated-spec.ts';
import { spec } from './translated-upstream.ts';

type Called = { from: string; settings: unknown; model: string };

/** Packages whose every factory tells what it was called with, as a provider's model. */
function stubs(packages: Record<string, Record<string, 'provider' | 'responses' | 'credentials'>>): ImportOptional {
  return async (name) => {
    const found = packages[name];
    if (!found) throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
    return Object.fromEntries(
      Object.entries(found).map(([factory, kind]) => {
        if (kind === 'credentials') return [factory, () => 'the credential chain'];
        const from = `${name} ${factory}`;
        return [
          factory,
          (settings: unknown) => {
            const provider = (model: string): Called => ({ from, settings, model });
            const responses = (model: string): Called => ({ from: `${from}.responses`, settings, model });
            return kind === 'responses' ? Object.assign(provider, { responses }) : provider;
          },
        ];
      }),
    );
  };
}

// The factories of @ai-sdk/azure 4.0.85, @ai-sdk/google-vertex 5.0.141 and @ai-sdk/amazon-bedrock 5.0.101.
const CURRENT = {
  '@ai-sdk/azure': { createAzure: 'responses' },
  '@ai-sdk/google-vertex': { createGoogleVertex: 'provider', createVertex: 'provider' },
  '@ai-sdk/google-vertex/anthropic': { createGoogleVertexAnthropic: 'provider', createVertexAnthropic: 'provider' },
  '@ai-sdk/amazon-bedrock': { createAmazonBedrock: 'provider' },
} as const;
const OLDER = {
  '@ai-sdk/google-vertex': { createVertex: 'provider' },
  '@ai-sdk/google-vertex/anthropic': { createVertexAnthropic: 'provider' },
} as const;
const CREDENTIALS = { '@aws-sdk/credential-providers': { fromNodeProviderChain: 'credentials' } } as const;

const AZURE = 'https://mine.openai.azure.com/openai';
const noKey = { key: async () => undefined };
const place = { project: 'p1', region: 'europe-west1' };

describe('a cloud’s own package', () => {
  it.each<
    [
      string,
      TranslatedKind,
      string,
      Partial<Omit<TranslatedSpec, 'quirks'>>,
      Parameters<typeof stubs>[0],
      string,
      object,
    ]
  >([
    [
      'with its address and key',
      'azure',
      AZURE,
      {},
      CURRENT,
      '@ai-sdk/azure createAzure.responses',
      { baseURL: AZURE, apiKey: 'test-key' },
    ],
    [
      'with its place',
      'vertex',
      '',
      { ...noKey, ...place },
      CURRENT,
      '@ai-sdk/google-vertex createGoogleVertex',
      { project: 'p1', location: 'europe-west1' },
    ],
    ['with a key', 'vertex', '', {}, CURRENT, '@ai-sdk/google-vertex createGoogleVertex', { apiKey: 'test-key' }],
    ['of an older version', 'vertex', '', noKey, OLDER, '@ai-sdk/google-vertex createVertex', {}],
    [
      'with its place, never a key',
      'vertex-anthropic',
      '',
      place,
      CURRENT,
      '@ai-sdk/google-vertex/anthropic createGoogleVertexAnthropic',
      { project: 'p1', location: 'europe-west1' },
    ],
    [
      'of an older version',
      'vertex-anthropic',
      '',
      {},
      OLDER,
      '@ai-sdk/google-vertex/anthropic createVertexAnthropic',
      {},
    ],
    [
      'with a bearer token',
      'bedrock',
      '',
      { region: 'eu-west-1' },
      { ...CURRENT, ...CREDENTIALS },
      '@ai-sdk/amazon-bedrock createAmazonBedrock',
      { region: 'eu-west-1', apiKey: 'test-key' },
    ],
    [
      'with the credential chain',
      'bedrock',
      '',
      { ...noKey, region: 'eu-west-1' },
      { ...CURRENT, ...CREDENTIALS },
      '@ai-sdk/amazon-bedrock createAmazonBedrock',
      { region: 'eu-west-1', credentialProvider: 'the credential chain' },
    ],
    ['with the variables alone', 'bedrock', '', noKey, CURRENT, '@ai-sdk/amazon-bedrock createAmazonBedrock', {}],
  ])('%s: %s', async (_name, kind, baseUrl, change, packages, from, settings) => {
    const made = spec(kind, baseUrl, { headers: { 'x-mine': '1' }, ...change });
    const called: unknown = await loadModel(made, 'model-x', fetch, stubs(packages));
    expect(called).toEqual({ from, settings: { headers: { 'x-mine': '1' }, fetch, ...settings }, model: 'model-x' });
  });

  it.each([
    ['azure', '@ai-sdk/azure', 'createAzure'],
    ['vertex', '@ai-sdk/google-vertex', 'createGoogleVertex'],
    ['vertex-anthropic', '@ai-sdk/google-vertex', 'createGoogleVertexAnthropic'],
    ['bedrock', '@ai-sdk/amazon-bedrock', 'createAmazonBedrock'],
  ] as const)('that has another shape: %s says how to update it', async (kind, name, factory) => {
    const other = Object.fromEntries(Object.keys(CURRENT).map((each) => [each, { createOther: 'provider' as const }]));
    const error = await loadModel(spec(kind, ''), 'm', fetch, stubs(other)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(
      `Other cannot use the ${name} that is installed: it has no ${factory}. Update it with: npm install -g ${name}@latest`,
    );
  });

  it('that is not installed: says how to install it', async () => {
    const error = await loadModel(spec('bedrock', ''), 'm', fetch, stubs({})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('npm install -g @ai-sdk/amazon-bedrock');
  });
});
