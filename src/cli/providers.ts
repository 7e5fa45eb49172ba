import { styleText } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import { windowSize } from '../words/limit.ts';
import { unavailableText } from '../words/ready.ts';
import { secrets } from '../providers/keys.ts';
import { styleOf } from '../report/terminal.ts';
import { createRedactor } from '../state/redact.ts';
import { openSharedState } from '../state/shared-state.ts';
import { accountName, ledgerOf } from '../session/account.ts';
import { listProviders, type ListedProvider } from './provider-list.ts';
import { claudeUpstream } from './upstream-address.ts';
import type { Cooldowns } from '../failover/cooldown.ts';

/** What the command needs of `process`. */
export type ProvidersTerminal = {
  env: NodeJS.ProcessEnv;
  cwd(): string;
  stdout: { write(text: string): unknown; isTTY?: boolean };
};

/** `ccmux providers`: every provider, and whether it can answer now. */
export async function runProviders(
  options: { json: boolean },
  terminal: ProvidersTerminal = process,
  now: number = Date.now(),
): Promise<number> {
  const { env } = terminal;
  const { config } = await loadConfig({ env, cwd: terminal.cwd() });
  const upstream = claudeUpstream(env, terminal.cwd());
  const cooldowns = await readCooldowns(env, upstream);
  const listed = listProviders({ config, env, claudeUpstream: upstream, cooldowns, now });
  const redact = createRedactor(secrets());
  const text = options.json
    ? `${JSON.stringify(listed, null, 2)}\n`
    : await providersText(listed, { now, colour: styleOf(terminal.stdout, env).color });
  terminal.stdout.write(redact(text));
  return 0;
}

/** The cooldowns of concurrent and earlier sessions; Claude's for the account that would be used here. */
async function readCooldowns(env: NodeJS.ProcessEnv, upstream: string): Promise<Cooldowns> {
  const state = openSharedState({
    file: process.getBuiltinModule('node:path').join(folders(env).state, 'providers.json'),
  });
  await state.load();
  const cooldowns = ledgerOf(state, () => accountName(upstream, env)).cooldowns();
  await state.close();
  return cooldowns;
}

const WIDTH = 80;

/** The list as text, at most 80 columns wide. */
async function providersText(
  listed: readonly ListedProvider[],
  how: { now: number; colour: boolean },
): Promise<string> {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    how.colour ? styleText(style, text, { validateStream: false }) : text;
  const { default: wrap } = await import('wrap-ansi');
  const names = Math.max(...listed.map(({ id }) => id.length));
  const indent = ' '.repeat(names + 4);
  const room = WIDTH - indent.length;
  const lines: string[] = [];
  const head = (title: string) => lines.push(...(lines.length > 0 ? [''] : []), paint('bold', title));
  const group = (name: ListedProvider['group']) => listed.filter((one) => one.group === name);

  const add = (one: ListedProvider) => {
    const [mark, style] = markOf(one);
    const [state = '', ...more] = wrap(stateOf(one, how.now), room, { hard: true }).split('\n');
    lines.push(`${paint(style, mark)} ${one.id.padEnd(names)}  ${state}`, ...more.map((line) => indent + line));
    for (const fact of [modelsOf(one), takes(one)]) {
      const wrapped = wrap(fact, room, { hard: true }).split('\n');
      lines.push(...wrapped.map((line) => indent + paint('dim', line)));
    }
  };
  head('In your order');
  group('session').forEach(add);
  if (group('route').length > 0) {
    head('Asked by your routes only');
    group('route').forEach(add);
  }
  if (group('available').length > 0) {
    head('Usable as they are, once `order` or `providers` names them');
    group('available').forEach(add);
  }
  if (group('no_key').length > 0) {
    head('Need a key');
    group('no_key').forEach(add);
  }
  return `${lines.join('\n')}\n`;
}

const MARKS = { ready: ['✓', 'green'], cooldown: ['◔', 'yellow'], no_key: ['✗', 'red'] } as const;

/** Only a provider with a key is ticked: whether a local host runs was not checked. */
function markOf(one: ListedProvider): (typeof MARKS)[keyof typeof MARKS] | readonly ['·', 'dim'] {
  const unsure = one.group === 'no_key' || (one.state === 'ready' && one.keySource === 'none needed');
  return unsure ? ['·', 'dim'] : MARKS[one.state];
}

function stateOf(one: ListedProvider, now: number): string {
  if (one.group === 'no_key') return one.reason ?? one.needs ?? '';
  if (one.state === 'no_key') return `no key: set ${one.needs}`;
  if (one.state === 'cooldown')
    return `${unavailableText(one.until, now, { reason: one.cause })}: ${one.reason ?? 'a limit'}`;
  if (one.keySource === 'none needed') return `no key needed; it must run at ${one.host}`;
  return `available (${one.keys?.join(', ') ?? one.keySource})${one.optionalPackage ? `; needs ${one.optionalPackage}` : ''}`;
}

function modelsOf({ models: { opus, sonnet, haiku } }: ListedProvider): string {
  const distinct = [...new Set([opus, sonnet, haiku])].map((model) => model.slice(model.lastIndexOf('/') + 1));
  return distinct[0] === 'as asked' ? 'the model that is asked for' : distinct.join(', ');
}

function takes({ id, wire, translated, paid, limits, capabilities, webSearch }: ListedProvider): string {
  const { tools, images, pdfs } = capabilities;
  const can = [tools && 'tools', images && 'images', pdfs && 'PDFs', webSearch && 'web'].filter(Boolean);
  const way = translated ? `translated to ${wire}` : id === 'claude' ? 'unchanged' : 'adapted';
  return `${way} · ${windowSize(limits.contextWindow)} · ${can.join(', ') || 'text only'}${paid ? ' · paid' : ''}`;
}
