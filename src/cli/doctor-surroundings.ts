import { hooksAllowed, pastAnyAddress, showsThinking, statusLineOf, variable, type Found } from '../launch/merge.ts';
import type { Config } from '../config/schema.ts';
import { networkOf } from '../launch/settings.ts';
import { isRecord } from '../ground/check.ts';
import { unusable, type Unusable } from '../providers/trust.ts';
import type { Check } from './doctor-check.ts';

/**
 * Settings that keep notices, footer or requests from ccmux.
 * @param client.broken settings files that the client will not load: what they would set is not known.
 * @param client.showsNotices false for one that is too old for that, as its own check says.
 */
export function checkClaudeSettings(
  found: Found,
  { broken, showsNotices }: { broken: readonly string[]; showsNotices: boolean },
): Check[] {
  const about = 'Claude Code settings' as const;
  const checks: Check[] = broken.map((path) => {
    const text = `${path} is not valid JSON: Claude Code loads nothing of it`;
    return {
      about,
      level: 'warn',
      text,
      way: 'Correct it; until then its hooks, permissions and variables do not hold.',
    };
  });
  if (hooksAllowed(found)) {
    if (showsNotices)
      checks.push({ about, level: 'ok', text: 'no setting turns hooks off: notices appear in Claude Code' });
  } else {
    const all = [...found.files.managed, ...found.files.local, ...found.files.project, ...found.files.user];
    const gates = ['allowManagedHooksOnly', 'allowedHttpHookUrls', 'disableAllHooks'];
    const gate = gates.find((name) => all.some((settings) => settings[name] !== undefined && settings[name] !== false));
    const text = `${gate ?? 'a setting'} silences hooks: notices wait until claude has ended`;
    checks.push({ about, level: 'warn', text, way: 'See them meanwhile with: ccmux status --watch' });
  }
  if (found.files.managed.some((settings) => settings['statusLine'] !== undefined)) {
    checks.push({ about, level: 'warn', text: "your administrator's status line is shown in place of ccmux's footer" });
  } else if (statusLineOf(found)) {
    checks.push({ about, level: 'ok', text: 'your status line goes on, with ccmux beside it' });
  }
  const past = pastAnyAddress(found);
  if (past) {
    const text = `${past} is set: claude's requests then go past ccmux`;
    checks.push({ about, level: 'warn', text, way: `Unset ${past} to have failover.` });
  }
  if (found.files.managed.some(({ env }) => isRecord(env) && env['ANTHROPIC_BASE_URL'] !== undefined)) {
    checks.push({
      about,
      level: 'warn',
      text: 'your administrator sets ANTHROPIC_BASE_URL: ccmux cannot stand before it',
    });
  }
  return checks;
}

/** What a note to another provider can hold of Claude's thinking. */
export function checkThinking(found: Found, { memory, client }: Pick<Config, 'memory' | 'client'>): Check[] {
  const about = 'Claude Code settings' as const;
  if (memory.mode === 'off' || !memory.reasoning) return [];
  if (client.showThinking || showsThinking(found))
    return [{ about, level: 'ok', text: "Claude's thinking is shown: it goes with the note to another provider" }];
  const text = "Claude's thinking is hidden: a note to another provider holds answers and facts only";
  return [{ about, level: 'note', text, way: 'To hand it over too: ccmux config set client.showThinking true' }];
}

/** How the providers are reached. Only scheme, host and port of an address are shown. */
export function checkNetwork(found: Found): Check[] {
  const about = 'network' as const;
  const checks: Check[] = [];
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) {
    const value = variable(found, name) ?? variable(found, name.toLowerCase());
    if (!value) continue;
    const proxy = originOf(value.includes('://') ? value : `http://${value}`);
    checks.push(
      proxy === undefined
        ? { about, level: 'broken', text: `${name} is not an address`, way: `Correct or unset ${name}.` }
        : { about, level: 'note', text: `${name}: providers are asked by way of ${proxy}` },
    );
  }
  checks.push(...checkTrust({ ...found.env, ...networkOf(found) }));
  return checks;
}

/** The files and switches for TLS. */
function checkTrust(env: NodeJS.ProcessEnv): Check[] {
  const about = 'network' as const;
  const broken = unusable(env);
  const checks = broken.map(({ variable: name, path, why }): Check => {
    const [what, way] = UNUSABLE[why];
    return { about, level: 'broken', text: `${name}: ${path} ${what}`, way };
  });
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CLAUDE_CODE_CLIENT_CERT']) {
    if (!env[name] || broken.some(({ variable }) => variable === name)) continue;
    checks.push({ about, level: 'ok', text: `${name}: ${env[name]}` });
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    const text = 'NODE_TLS_REJECT_UNAUTHORIZED=0: anybody on the way can read your keys';
    checks.push({ about, level: 'warn', text, way: 'Unset it; name your authority in NODE_EXTRA_CA_CERTS.' });
  }
  return checks;
}

const UNUSABLE: Record<Unusable['why'], [what: string, way: string]> = {
  unreadable: ['cannot be read', 'Correct the path, or unset it.'],
  'no-certificate': ['holds no certificate', 'Name a PEM file, or unset it.'],
  'no-key': ['holds no key that can be read', 'Name a PEM file; CLAUDE_CODE_CLIENT_KEY_PASSPHRASE unlocks it.'],
  'no-pair': ['does not belong to CLAUDE_CODE_CLIENT_KEY', 'Name the key that was made with it.'],
};

/** Scheme, host and port: the parts before `@` and after the host may be secret. */
function originOf(address: string): string | undefined {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}` : undefined;
}
