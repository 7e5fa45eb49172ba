import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProviders } from '../../src/cli/providers.ts';
import { folders } from '../../src/config/paths.ts';
import { openSharedState } from '../../src/state/shared-state.ts';
import type { ListedProvider } from '../../src/cli/provider-list.ts';
import { inWords } from '../helpers/reasons.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

/** A temporary folder that goes with its test. */
function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'ccmux-list-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function list(env: NodeJS.ProcessEnv, options: { json?: boolean; settings?: string; home?: string } = {}) {
  const home = options.home ?? scratch();
  const all = { HOME: home, XDG_CONFIG_HOME: join(home, 'c'), XDG_STATE_HOME: join(home, 's'), ...env };
  if (options.settings) {
    mkdirSync(join(home, 'c', 'ccmux'), { recursive: true });
    writeFileSync(join(home, 'c', 'ccmux', 'config.yaml'), options.settings);
  }
  let text = '';
  const terminal = { env: all, cwd: () => home, stdout: { write: (part: string) => (text += part) } };
  const code = await runProviders({ json: options.json ?? false }, terminal, NOW);
  expect(code).toBe(0);
  return { text, home, env: all, rows: options.json ? (JSON.parse(text) as ListedProvider[]) : [] };
}

it('lists everybody in three groups, within 80 columns', async () => {
  const { text } = await list({ GEMINI_API_KEY: 'AIzaSyNobodyMaySeeThis000000', AWS_REGION: 'eu-west-1' });
  const [own, ready, lacking] = text.split('\n\n');
  expect(own).toMatch(/^In your order\n✓ claude .*own login[^]*✓ gemini +available \(GEMINI_API_KEY\)/);
  expect(ready).toMatch(
    /^Usable as they are[^]*· ollama +no key needed; it must run at 127\.0\.0\.1:11434[^]*✓ bedrock .*needs\s+@ai-sdk\/amazon-bedrock/,
  );
  expect(lacking).toMatch(
    /^Need a key[^]*· groq +GROQ_API_KEY\n +gpt-oss-120b, gpt-oss-20b\n +translated to openai-compatible · 128k · tools · paid\n/,
  );
  expect(lacking).toMatch(/· azure +AZURE_RESOURCE_NAME, and AZURE_API_KEY\n/);
  expect(lacking).toMatch(
    /· vertex +GOOGLE_VERTEX_LOCATION and GOOGLE_VERTEX_PROJECT, and\n +application-default credentials\n/,
  );
  expect(text).not.toContain('…');
  for (const line of text.split('\n')) expect(line.length, `in ${line}`).toBeLessThanOrEqual(80);
  expect(text).not.toContain('NobodyMaySeeThis');
});

it('asks of a cloud only for what is missing', async () => {
  const needs = async (env: NodeJS.ProcessEnv, id: string) =>
    (await list(env, { json: true })).rows.find((row) => row.id === id)?.needs;
  const chain = 'AWS_BEARER_TOKEN_BEDROCK or the AWS credential chain';
  expect(await needs({}, 'bedrock')).toBe(`AWS_REGION, and ${chain}`);
  expect(await needs({ AWS_BEARER_TOKEN_BEDROCK: 'ABSKx' }, 'bedrock')).toBe('AWS_REGION');
  expect(await needs({ AWS_REGION: 'eu-west-1' }, 'bedrock')).toBeUndefined();
  const login = 'application-default credentials';
  expect(await needs({ GOOGLE_CLOUD_PROJECT: 'p' }, 'vertex')).toBe(`GOOGLE_VERTEX_LOCATION, and ${login}`);
  expect(await needs({ AZURE_RESOURCE_NAME: 'r' }, 'azure')).toBe('AZURE_API_KEY');
});

it('says who is unavailable, until when and why', async () => {
  const home = scratch();
  const state = openSharedState({
    file: join(folders({ XDG_STATE_HOME: join(home, 's') }).state, 'providers.json'),
    now: () => NOW,
  });
  const until = NOW + 3_600_000;
  state.setCooldowns('gemini', [{ until, failure: 'rate_limit', reason: inWords('429 (per minute)'), streak: 1 }]);
  state.setCooldowns('claude', [{ until: NOW - 1, failure: 'overloaded', reason: inWords('over'), streak: 1 }]);
  await state.close();
  const { rows } = await list({ GEMINI_API_KEY: 'AIzaX' }, { json: true, home });
  const row = (id: string) => rows.find((one) => one.id === id);
  expect(row('gemini')).toMatchObject({ state: 'cooldown', until, reason: '429 (per minute)' });
  expect(row('claude')).toMatchObject({ state: 'ready' });
  expect((await list({ GEMINI_API_KEY: 'AIzaX' }, { home })).text).toMatch(
    /◔ gemini +unavailable until .*429 \(per minute\)/,
  );
});

it('gives the whole of it as JSON', async () => {
  const settings =
    'order: [claude, mine]\nproviders: { mine: { kind: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", models: { default: q } } }\n';
  const { rows } = await list({ GEMINI_API_KEY: 'AIzaX' }, { json: true, settings });
  expect(rows.filter(({ group }) => group === 'session').map(({ id }) => id)).toEqual(['claude', 'mine']);
  expect(rows.find(({ id }) => id === 'gemini')).toMatchObject({
    group: 'available',
    keySource: 'GEMINI_API_KEY',
    wire: 'gemini',
    models: { opus: 'gemini-pro-latest', haiku: 'gemini-flash-latest' },
    limits: { contextWindow: 1_048_576, maxOutput: 65_536 },
    read: '2026-11-22',
  });
  expect(rows.find(({ id }) => id === 'mine')).toMatchObject({
    models: { opus: 'q' },
    host: '127.0.0.1:1',
    paid: true,
  });
  expect(rows.length).toBe(30);
});

it('shows a foreign key as the reason, without the key', async () => {
  const { rows, text } = await list({ OPENAI_API_KEY: 'sk-or-v1-abcdefghijklmnopqrstuvwxyz' }, { json: true });
  expect(rows.find(({ id }) => id === 'openai')).toMatchObject({
    group: 'no_key',
    reason: expect.stringContaining('OPENAI_API_KEY holds a key of OpenRouter'),
  });
  expect(text).not.toContain('abcdefghijkl');
});

it('says who has a web search of its own', async () => {
  const { rows } = await list({ GEMINI_API_KEY: 'AIzaSyNobodyMaySeeThis000000' }, { json: true });
  const able = rows.filter(({ webSearch }) => webSearch).map(({ id }) => id);
  expect(able.toSorted()).toEqual(['claude', 'gemini', 'minimax', 'openai', 'openrouter', 'openrouter-chat']);
});
