import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NO_QUIRKS } from '../../src/codec/quirks.ts';
import { CATALOG, catalogRow, catalogRows } from '../../src/providers/catalog.ts';
import { resolveKeys } from '../../src/providers/keys.ts';
import type { CatalogRow } from '../../src/providers/catalog-row.ts';

const HELP = readFileSync(new URL('../../src/help/providers.md', import.meta.url), 'utf8');

describe('the catalogue', () => {
  it('says in the help who can search the web (if not: put in its place what this test expects)', () => {
    const yes = (value: boolean) => (value ? 'yes' : 'no');
    const rows = catalogRows().flatMap(({ id, web }) => {
      if (web === undefined) return [];
      const cost = web.usdPerSearch === undefined ? 'unknown' : `$${web.usdPerSearch}`;
      return [`| \`${id}\` | ${yes(web.mixed)} | ${yes(web.domains)} | ${yes(web.fetch)} | ${cost} |\n`];
    });
    expect(HELP).toContain(`| --- | --- | --- | --- | --- |\n${rows.join('')}\n`);
  });

  it('holds the providers that are promised', () => {
    expect(Object.keys(CATALOG)).toEqual([
      'claude',
      'gemini',
      'openai',
      'openrouter',
      'zai',
      'minimax',
      'kimi-coding',
      'moonshot',
      'deepseek',
      'ollama',
      'lmstudio',
      'vllm',
      'llamacpp',
      'zenmux',
      'fireworks',
      'together',
      'novita',
      'baseten',
      'openrouter-chat',
      'groq',
      'deepinfra',
      'cerebras',
      'mistral',
      'xai',
      'nebius',
      'azure',
      'vertex',
      'vertex-anthropic',
      'bedrock',
    ]);
  });

  it.each(catalogRows().map((row) => [row.id, row] as const))('%s is complete', (id, row) => {
    expect(CATALOG).toHaveProperty([id, 'id'], id);
    const url = URL.parse(row.baseUrl.replace(/\{\w+\}/g, 'x'))!;
    expect(url.protocol).toBe(['ollama', 'lmstudio', 'vllm', 'llamacpp'].includes(id) ? 'http:' : 'https:');
    expect(row.baseUrl).not.toMatch(/\/$/);
    // Anthropic's path brings its own /v1.
    expect(row.kind === 'anthropic' && row.baseUrl.endsWith('/v1')).toBe(false);
    for (const limits of Object.values(row.limits)) {
      expect(limits.maxOutput).toBeGreaterThanOrEqual(8_192);
      expect(limits.contextWindow).toBeGreaterThan(limits.maxOutput);
    }
    for (const name of Object.keys(row.quirks)) expect(NO_QUIRKS).toHaveProperty(name);
    for (const [part, names] of Object.entries(row.placeholders ?? {})) {
      expect(names.length).toBeGreaterThan(0);
      expect(part === 'project' || row.baseUrl.includes(`{${part}}`)).toBe(true);
    }
    expect(row.source).toMatch(/^https:\/\//);
    expect(row.read).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(row.checked.length).toBeGreaterThan(20);
    expect(row.discovered && row.keyVariables.length === 0).toBe(false);
    expect(row.optionalPackage !== undefined).toBe(
      ['azure', 'vertex', 'vertex-anthropic', 'bedrock'].includes(row.kind),
    );
  });

  it('gives one variable to one provider that is found by it', () => {
    const found = catalogRows().filter((row) => row.discovered);
    const variables = found.flatMap((row) => row.keyVariables);
    expect(new Set(variables).size).toBe(variables.length);
  });

  it('agrees with the table of keys on whose host is whose', () => {
    const shapes = {
      anthropic: 'sk-ant-api03-x',
      openrouter: 'sk-or-v1-x',
      openai: 'sk-proj-x',
      google: 'AIzax',
      groq: 'gsk_x',
      xai: 'xai-x',
      cerebras: 'csk-x',
      fireworks: 'fw_x',
      kimi: 'sk-kimi-x',
    };
    for (const row of catalogRows()) {
      if (row.keyVariables.length === 0) continue;
      for (const [vendor, key] of Object.entries(shapes)) {
        expect(tryKey(row, key), `${key} at ${row.id}`).toMatch(vendor === row.vendor ? /^apiKey$/ : /holds a key of/);
      }
    }
  });

  it('gives one model one output cap, whoever serves it', () => {
    const caps = new Map<string, Map<string, number>>();
    for (const row of catalogRows()) {
      const listed = Object.keys(row.limits).filter((name) => name !== 'default');
      for (const model of new Set([...Object.values(row.models), ...listed])) {
        const limits: Record<string, { maxOutput: number }> = row.limits;
        const name = bareName(model);
        caps.set(name, (caps.get(name) ?? new Map()).set(row.id, (limits[model] ?? row.limits.default).maxOutput));
      }
    }
    const differing = [...caps].filter(([, byRow]) => new Set(byRow.values()).size > 1);
    // Weights that anybody may host: these hosts set a cap of their own, below the model's.
    expect(Object.fromEntries(differing.map(([name, byRow]) => [name, Object.fromEntries(byRow)]))).toEqual({
      'gpt-oss-20b': { lmstudio: 32_768, vllm: 32_768, groq: 65_536 },
      'gpt-oss-120b': { groq: 65_536, cerebras: 16_384 },
      'deepseek-v4-pro': { deepseek: 384_000, nebius: 131_072 },
    });
    expect(Object.fromEntries(caps.get('gemini-4-argon')!)).toEqual({
      gemini: 32_768,
      'openrouter-chat': 32_768,
      vertex: 32_768,
    });
  });

  it('knows no row by an inherited name', () => {
    expect(catalogRow('constructor')).toBeUndefined();
    expect(catalogRow('gemini')?.label).toBe('Gemini');
  });
});

/** A model's name without its vendor, its host's path, and the host's own way to write a version. */
function bareName(model: string): string {
  const name = model.toLowerCase().slice(model.lastIndexOf('/') + 1);
  return name
    .replace(/^(global\.)?anthropic\./, '')
    .replaceAll('.', '-')
    .replace(/(\d)p(\d)/, '$1-$2');
}

/** Where the key would come from, or why it is refused. */
function tryKey(row: CatalogRow, apiKey: string): string {
  try {
    return resolveKeys({ apiKey }, { ...row, keyOptional: false }, {})[0]?.source ?? 'none';
  } catch (error) {
    return (error as Error).message;
  }
}
