import { UserError } from '../errors.ts';
import { writePrivateFile } from './paths.ts';
import type { Leaf } from './leaves.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** What the user has without the project, as far as a project may narrow it. */
export type UsersOwn = {
  /** Who may answer, in the user's order. */
  order: readonly string[];
  failoverOn: readonly string[];
  failoverEnabled: boolean;
  previews: boolean;
  perSession: number | undefined;
  perDay: number | undefined;
};

/** Settings of a project's file that take effect, and the names of those that wait for the user's trust. */
export type Narrowed = { allowed: Leaf[]; ignored: string[] };

/**
 * What an untrusted project may set: the order and the failures among those that the user has, a lower budget, when to
 * switch back, less failover and fewer previews. Never a host, a key, a command, a header, a provider or a time limit.
 */
export function narrow(project: readonly Leaf[], own: UsersOwn): Narrowed {
  const allowed: Leaf[] = [];
  const ignored: string[] = [];
  for (const leaf of project) {
    const name = leaf.path.join('.');
    const take = (value: unknown) => allowed.push({ path: leaf.path, value });
    switch (name) {
      case 'switchBack':
        take(leaf.value);
        break;
      case 'order':
      case 'failover.on': {
        const had = name === 'order' ? own.order : own.failoverOn;
        const wanted = leaf.value as string[];
        const kept = wanted.filter((item) => had.includes(item));
        // An order of nobody would be no narrowing but a fault; no failures at all is a wish like another.
        if (kept.length > 0 || wanted.length === 0) take(kept);
        ignored.push(...wanted.filter((item) => !had.includes(item)).map((item) => `${name} (${item})`));
        break;
      }
      case 'budget.perSession':
      case 'budget.perDay': {
        const limit = (name === 'budget.perSession' ? own.perSession : own.perDay) ?? Infinity;
        if ((leaf.value as number) <= limit) take(leaf.value);
        else ignored.push(name);
        break;
      }
      case 'failover.enabled':
      case 'report.previews': {
        const had = name === 'failover.enabled' ? own.failoverEnabled : own.previews;
        if (leaf.value === false || had) take(leaf.value);
        else ignored.push(name);
        break;
      }
      default:
        ignored.push(name);
    }
  }
  return { allowed, ignored };
}

/** Hashes that the user has vouched for, by the file's real path. */
type TrustFile = Record<string, string>;

function trustFile(configFolder: string): string {
  return path.join(configFolder, 'trust.json');
}

async function readTrust(configFolder: string): Promise<TrustFile> {
  const text = await fs.promises.readFile(trustFile(configFolder), 'utf8').catch(() => '{}');
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed instanceof Object ? { ...(parsed as TrustFile) } : {};
  } catch {
    // Damaged: nothing is trusted, which is the safe side; `ccmux config trust` writes it anew.
    return {};
  }
}

/** True when the user has trusted this file, and it holds what it held then. */
export async function isTrusted(configFolder: string, file: { path: string; hash: string }): Promise<boolean> {
  const trusted = await readTrust(configFolder);
  const real = await fs.promises.realpath(file.path);
  return Object.hasOwn(trusted, real) && trusted[real] === file.hash;
}

/** Remembers that the user trusts this file as it stands. */
export async function trust(configFolder: string, file: { path: string; hash: string }): Promise<void> {
  const real = await fs.promises.realpath(file.path);
  const trusted = { ...(await readTrust(configFolder)), [real]: file.hash };
  try {
    await writePrivateFile(trustFile(configFolder), `${JSON.stringify(trusted, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`${trustFile(configFolder)} cannot be written: make the folder ${configFolder} writable.`, {
      cause: error,
      exitCode: 1,
    });
  }
}

/** The one line about an untrusted file. Names come from a stranger's file, so control characters are taken out. */
export function untrustedWarning(file: string, ignored: readonly string[]): string {
  const line = `${file} is not trusted, so these settings in it are ignored: ${ignored.join(', ')}. To allow them: ccmux config trust`;
  return line.replaceAll(/\p{Cc}/gu, '?');
}
