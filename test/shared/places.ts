import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, type Script } from '../../src/demo/script.ts';
import type { Cast } from '../helpers/cast.ts';
import { claudeCommand, makePlace, start, type Place } from '../helpers/claude.ts';
import type { Redis } from './redis.ts';

/** A second machine of the cast's: a home, a state and a client's folder of its own, and the same configuration. */
export function anotherMachine({ place }: Cast, env: Record<string, string> = {}): Place {
  const ccmux = readFileSync(join(place.ccmuxConfig, 'config.yaml'), 'utf8');
  const keys = Object.entries(place.env).filter(([name]) => /_KEY$|BASE_URL$|^CCMUX_/.test(name));
  return makePlace({ ccmux, env: { ...Object.fromEntries(keys), ...env } });
}

/** The setting, and more of them. */
export const shared = ({ url }: Pick<Redis, 'url'>, more = '') => `shared: '${url}'\n${more}`;
export const quick = (place: Place, ...prompts: string[]) => start(place, claudeCommand('ccmux', ['-p', ...prompts]));

/** Each answer costs a dollar: 100,000 tokens at 10 US dollars a million. */
export const aDollar: Script = () => answer('Gemini was here.', { usage: { input: 0, output: 100_000 } });
