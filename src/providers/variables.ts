import { UserError } from '../errors.ts';
import { fillIn, variablesIn } from '../ground/fill-in.ts';
import type { ProviderSettings } from '../config/schema.ts';

export type Filled = {
  settings: ProviderSettings | undefined;
  /** Unset variables of headers, without which the provider cannot be asked. */
  missing: string[];
  /** Header values from the environment: as secret as a key. */
  secrets: string[];
};

/**
 * The settings with the `${VAR}` of address and headers filled in. The key is read separately (see `keys.ts`), only
 * when it is needed.
 * @throws UserError when the address needs a variable that is not set.
 */
export function fillSettings(id: string, settings: ProviderSettings | undefined, env: NodeJS.ProcessEnv): Filled {
  const filled: Filled = { settings, missing: [], secrets: [] };
  if (!settings) return filled;
  const { baseUrl, headers } = settings;
  if (baseUrl !== undefined) {
    const address = fillIn(baseUrl, env);
    if (address === undefined) {
      const names = variablesIn(baseUrl).filter((name) => !env[name]);
      throw new UserError(`providers.${id}.baseUrl needs ${names.join(' and ')}, which is not set.`);
    }
    filled.settings = { ...settings, baseUrl: address };
  }
  if (headers) {
    const known: Record<string, string> = {};
    for (const [name, text] of Object.entries(headers)) {
      const value = fillIn(text, env);
      if (value === undefined) filled.missing.push(...variablesIn(text).filter((variable) => !env[variable]));
      else known[name] = value;
      if (value !== undefined && value !== text) filled.secrets.push(value);
    }
    filled.settings = { ...filled.settings, headers: known };
  }
  return filled;
}
