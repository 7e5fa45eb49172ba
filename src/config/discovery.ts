import { folders, writePrivateFile } from './paths.ts';
import type { Environment } from './paths.ts';

/** A provider that will be used because its key is in the environment. */
export type Discovered = { id: string; label: string; variable: string };

/** What this room needs of a row of the catalogue. */
export type KnownProvider = {
  id: string;
  label: string;
  keyVariables: readonly string[];
  discovered: boolean;
  otherHostVariable?: string;
};

/** Providers whose keys are in the environment, in the catalogue's order. Claude, who needs no key here, is not among them. */
export function discover(rows: Iterable<KnownProvider>, env: Environment): Discovered[] {
  return [...rows].flatMap(({ id, label, keyVariables, discovered, otherHostVariable }) => {
    if (!discovered || id === 'claude' || (otherHostVariable !== undefined && env[otherHostVariable])) return [];
    const variable = keyVariables.find((name) => env[name]?.trim());
    return variable === undefined ? [] : [{ id, label, variable }];
  });
}

/** The one line that says where a conversation may go when nobody has chosen. */
function describeDiscovered(found: readonly Discovered[]): string {
  const names = found.map(({ label, variable }) => `${label} (${variable})`).join(', ');
  return `when Claude cannot answer, ${names} will, because the key is in your environment. To choose: ccmux init`;
}

/**
 * Says once who was found, and again only when that has changed.
 * @returns the line to show before the launch, or undefined when there is nothing new.
 */
export async function noticeDiscovery({
  found,
  stateDir = folders().state,
}: {
  found: readonly Discovered[];
  stateDir?: string;
}): Promise<string | undefined> {
  const file = process.getBuiltinModule('node:path').join(stateDir, 'discovered.json');
  const now = JSON.stringify(found.map(({ id, variable }) => `${id} ${variable}`).sort());
  const before = await process
    .getBuiltinModule('node:fs')
    .promises.readFile(file, 'utf8')
    .catch(() => '[]');
  if (now === before.trim()) return undefined;
  // A folder that cannot be written costs only that this is said again.
  await writePrivateFile(file, `${now}\n`).catch(() => {});
  return found.length === 0 ? undefined : describeDiscovered(found);
}
