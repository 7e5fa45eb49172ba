import type { Config } from '../config/schema.ts';
import { UserError } from '../errors.ts';
import type { LocalServer } from '../providers/local-servers.ts';
import type { Check } from './doctor-check.ts';
import { checkLocal, checkUnused } from './doctor-local.ts';
import { listProviders, type ListedProvider } from './provider-list.ts';

const about = 'providers' as const;

/**
 * Who can answer when Claude cannot. Only what was looked at is ticked off: no key is tried, and nobody is contacted but
 * model servers on this machine, for their lists.
 * @param servers those that run here.
 */
export function checkProviders(
  { env, now, live }: { env: NodeJS.ProcessEnv; now: number; /** The keys are tested below. */ live: boolean },
  config: Config,
  claudeUpstream: string,
  servers: readonly LocalServer[],
): Check[] {
  let listed: ListedProvider[];
  try {
    listed = listProviders({ config, env, claudeUpstream, cooldowns: {}, now });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ about, level: 'broken', text: error.message }];
  }
  const fallbacks = listed.filter(({ group, id }) => group === 'session' && id !== 'claude');
  const checks = fallbacks.map((one) => checkLocal(one, servers) ?? checkProvider(one, live));
  if (fallbacks.every(({ state }) => state !== 'ready')) {
    checks.push({
      about,
      level: 'warn',
      text: 'no provider can answer when Claude is unavailable',
      way: 'Set a key (GEMINI_API_KEY, OPENROUTER_API_KEY …) or run: ccmux init',
    });
  } else if (!live) {
    checks.push({ about, level: 'note', text: 'keys are not tested', way: 'To test them: ccmux doctor --live' });
  }
  checks.push(...checkWebSearch(fallbacks, config.webSearch));
  checks.push(...checkUnused(servers, fallbacks));
  for (const { reason } of listed.filter(({ group, reason: why }) => group === 'no_key' && why)) {
    checks.push({ about, level: 'warn', text: `not used: ${reason}` });
  }
  return checks;
}

/** Who can search the web while Claude cannot. Nothing to say where nobody could answer at all. */
function checkWebSearch(fallbacks: readonly ListedProvider[], setting: Config['webSearch']): Check[] {
  const ready = fallbacks.filter(({ state }) => state === 'ready');
  if (ready.length === 0) return [];
  const names = ready.filter(({ webSearch }) => webSearch).map(({ id }) => id);
  if (names.length === 0) {
    const text = 'no web searches while Claude is unavailable: none of these has one';
    return setting === 'off' ? [] : [{ about, level: 'warn', text }];
  }
  if (setting === 'provider')
    return [{ about, level: 'ok', text: `web searches while Claude is unavailable: ${names[0]}` }];
  const text = `no web searches while Claude is unavailable, although ${names.join(' and ')} could make them`;
  const way = 'It sends your queries there, and may cost. To allow it: ccmux config set webSearch provider';
  return [{ about, level: 'note', text, way }];
}

function checkProvider(one: ListedProvider, live: boolean): Check {
  if (one.state === 'no_key') {
    return { about, level: 'warn', text: `${one.id} has no key: it will be skipped`, way: `Set ${one.needs}.` };
  }
  if (one.optionalPackage && !isInstalled(one.optionalPackage)) {
    return {
      about,
      level: 'warn',
      text: `${one.id} needs a package that ccmux does not ship`,
      way: `Install it with: npm install -g ${one.optionalPackage}`,
    };
  }
  const { keySource = '', keys } = one;
  const address = `address: ${one.host}${live ? '' : ' (not contacted)'}`;
  if (keys) return { about, level: 'ok', text: `${one.id}: ${keys.length} keys (${keys.join(', ')}), ${address}` };
  // A local host may not run, a command may fail, and a cloud finds a key by itself or does not.
  const isSeen = keySource === 'apiKey' || one.keyVariables.includes(keySource);
  const key = isSeen ? `key in ${keySource}` : (UNSEEN[keySource] ?? keySource);
  return { about, level: isSeen ? 'ok' : 'note', text: `${one.id}: ${key}, ${address}` };
}

const UNSEEN: Record<string, string> = {
  'none needed': 'no key needed',
  apiKeyCommand: 'key from apiKeyCommand (not run)',
};

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
