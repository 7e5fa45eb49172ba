import { loadConfig } from '../config/load.ts';
import { didYouMean } from '../config/nearest.ts';
import { printable } from '../config/printable.ts';
import type { Config } from '../config/schema.ts';
import { UserError } from '../errors.ts';
import { readErrorBody } from '../failover/error-body.ts';
import { CATALOG } from '../providers/catalog.ts';
import { describeProvider } from '../providers/describe.ts';
import { secrets } from '../providers/keys.ts';
import { listModels, type HostModel } from '../providers/model-list.ts';
import { createUpstream } from '../providers/upstream.ts';
import { createRedactor } from '../state/redact.ts';
import { windowSize } from '../words/limit.ts';
import { plural } from '../words/text.ts';

/** What the command needs of `process`. */
export type ModelsTerminal = {
  env: NodeJS.ProcessEnv;
  cwd(): string;
  stdout: { write(text: string): unknown };
};

/** One model of a host, and what ccmux asks it for: `opus`, `sonnet`, `haiku`, `default`. */
type Row = HostModel & { usedFor: string[] };

/** `ccmux models <provider>`: what its host lists, and which of it ccmux asks for. */
export async function runModels(
  { provider: id, json }: { provider: string; json: boolean },
  terminal: ModelsTerminal = process,
): Promise<number> {
  const { env, stdout } = terminal;
  const { config } = await loadConfig({ env, cwd: terminal.cwd() });
  await refuseUnlisted(id, config);
  const upstream = createUpstream(env);
  const redact = (text: string): string => createRedactor(secrets())(text);
  try {
    const { host, models } = await listModels(id, {
      config,
      env,
      fetch: upstream.fetch,
      wordsOf: (body) => readErrorBody(body).message,
    });
    const used = usedBy(id, config);
    const rows = models
      .map((model) => ({ ...model, usedFor: used.filter(([, name]) => name === model.id).map(([tier]) => tier) }))
      .toSorted((a, b) => Number(b.usedFor.length > 0) - Number(a.usedFor.length > 0) || (a.id < b.id ? -1 : 1));
    const unlisted = used.filter(([, name]) => !models.some((model) => model.id === name));
    const text = json
      ? `${JSON.stringify({ provider: id, host, models: rows, unlisted: Object.fromEntries(unlisted) }, null, 2)}\n`
      : modelsText(rows, unlisted, host, id) + webText(id, config);
    stdout.write(redact(text));
    return 0;
  } catch (error) {
    if (error instanceof UserError)
      throw new UserError(redact(printable(error.message, Infinity)), { cause: error, exitCode: 1 });
    throw error;
  } finally {
    upstream.close();
  }
}

async function refuseUnlisted(id: string, { providers }: Config): Promise<void> {
  if (id === 'claude') {
    throw new UserError(
      'Claude answers only to its own login, which ccmux does not have. Claude Code lists its models: /model',
    );
  }
  const known = [...Object.keys(CATALOG), ...Object.keys(providers)];
  if (known.includes(id)) return;
  throw new UserError(`${JSON.stringify(id)} is not a provider.${await didYouMean(id, known)} See: ccmux providers`);
}

function usedBy(id: string, { providers }: Config): [tier: string, model: string][] {
  return Object.entries(describeProvider(id, providers[id]).models);
}

/** A search of the web is the host's, whichever of its models asks for it. */
function webText(id: string, { providers, webSearch }: Config): string {
  const { web } = describeProvider(id, providers[id]);
  if (web === undefined) return '';
  const cost = web.usdPerSearch === undefined ? 'at a price that is unknown' : `at $${web.usdPerSearch} each`;
  return `\nIt has a web search of its own, ${cost} (webSearch: ${webSearch}).\n`;
}

/** Those that are asked for stand first. Ids are the host's own text. */
function modelsText(rows: readonly Row[], unlisted: readonly [string, string][], host: string, id: string): string {
  const width = Math.min(52, Math.max(...rows.map(({ id: name }) => name.length)));
  const lines = rows.map(({ id: name, contextWindow, usedFor }) => {
    const window = contextWindow === undefined ? '' : windowSize(contextWindow);
    const mark = usedFor.length > 0 ? '✓' : ' ';
    return `${mark} ${printable(name, 120).padEnd(width)}  ${window.padEnd(5)}  ${usedFor.join(', ')}`.trimEnd();
  });
  const missing = unlisted.map(([tier, model]) => `! ${model} (${tier}) is not in the list`);
  if (missing.length > 0)
    missing.push(`  Choose another: ccmux config set providers.${id}.models.${unlisted[0]![0]} <model>`);
  const title = `${plural(rows.length, 'model')} at ${host}; ✓: what ccmux asks for`;
  return [title, '', ...lines, ...(missing.length > 0 ? ['', ...missing] : [])].join('\n') + '\n';
}
