import { LOCAL } from '../providers/catalog-local.ts';
import type { LocalServer } from '../providers/local-servers.ts';
import { windowSize } from '../words/limit.ts';
import type { Check } from './doctor-check.ts';
import { isAt, isSameModel, LARGER_WINDOW, LEAST_WINDOW, modelsText } from './local-text.ts';
import type { ListedProvider } from './provider-list.ts';

const about = 'providers' as const;

/** Model servers that run on this machine and are in nobody's order. */
export function checkUnused(servers: readonly LocalServer[], session: readonly ListedProvider[]): Check[] {
  return servers
    .filter((server) => !session.some(({ host }) => isAt(host, server)))
    .map((server) => ({
      about,
      level: 'note',
      text: `${server.label} runs at ${new URL(server.baseUrl).host} and is not used: ${modelsText(server.models)}`,
      way: 'To let it answer when Claude cannot: ccmux init',
    }));
}

/** @returns undefined for a provider that is no server at a usual port of this machine: nothing was sent to it. */
export function checkLocal(one: ListedProvider, servers: readonly LocalServer[]): Check | undefined {
  const { id, host } = one;
  const server = servers.find((candidate) => isAt(host, candidate));
  if (server !== undefined) return checkModels(one, server);
  const usual = Object.hasOwn(LOCAL, id) ? new URL(LOCAL[id as LocalServer['id']].baseUrl).host : undefined;
  if (host !== usual) return undefined;
  return { about, level: 'warn', text: `${id}: nothing answers at ${host}`, way: `Start ${one.label}.` };
}

function checkModels({ id, models, limits, host }: ListedProvider, server: LocalServer): Check {
  const wanted = [...new Set([models.opus, models.sonnet, models.haiku])];
  const found = wanted.map((name) => server.models.find((model) => isSameModel(model.id, name)));
  // A llama.cpp with one model answers by whatever name it is called.
  const only = server.id === 'llamacpp' && server.models.length === 1 ? server.models : undefined;
  const missing = only ? undefined : wanted[found.indexOf(undefined)];
  if (missing !== undefined) {
    const text = `${id}: ${host} has no model ${missing}. It has ${modelsText(server.models)}`;
    return { about, level: 'warn', text, way: `Choose one with ccmux init, or set providers.${id}.models.` };
  }
  const used = only ?? found.filter((model) => model !== undefined);
  const windows = used.flatMap(({ contextWindow }) => contextWindow ?? []);
  const window = Math.min(...windows);
  if (windows.length > 0 && window < Math.min(limits.contextWindow, LEAST_WINDOW)) {
    const text = `${id}: its window of ${windowSize(window)} tokens is too small for Claude Code`;
    return { about, level: 'warn', text, way: LARGER_WINDOW[server.id] };
  }
  if (windows.length > 0 && window < limits.contextWindow) {
    const text = `${id}: its window is ${windowSize(window)} tokens, and ccmux counts on ${windowSize(limits.contextWindow)}`;
    return {
      about,
      level: 'warn',
      text,
      way: `Set providers.${id}.contextWindow to ${window}. Or: ${LARGER_WINDOW[server.id]}`,
    };
  }
  const dumb = used.find(({ tools }) => tools === false);
  if (dumb)
    return { about, level: 'warn', text: `${id}: ${dumb.id} cannot use tools`, way: 'Choose another: ccmux init' };
  return { about, level: 'ok', text: `${id}: runs at ${host} with ${modelsText(used)}` };
}
