import { EXIT, UserError } from '../errors.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import { writePrivateFile } from './paths.ts';
import type { SafetyChecks } from '../failover/safety.ts';
import type { Leaf } from './leaves.ts';
import { printable } from './printable.ts';
import { SAFETY_CHECKS } from './settings.ts';
import type { SwitchBack } from '../state/live.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** From the earliest return to the preferred provider to the latest. */
const SOONER: readonly SwitchBack[] = ['immediate', 'turn', 'manual'];

/** What the user has without the project, as far as a project may narrow it. */
export type UsersOwn = {
  /** Who may answer, in the user's order. */
  order: readonly string[];
  switchBack: SwitchBack;
  failoverOn: readonly string[];
  failoverEnabled: boolean;
  safetyChecks: SafetyChecks;
  previews: boolean;
  perSession: number | undefined;
  perDay: number | undefined;
};

/** Settings of a project's file that take effect, and the names of those that wait for the user's trust. */
export type Narrowed = { allowed: Leaf[]; ignored: string[] };

/**
 * What an untrusted project may set: fewer of the providers and failures that the user has, a lower budget, an earlier
 * switch back, less failover, stricter safety checks and fewer previews. Never a host, a key, a command, a header, a
 * provider or a time limit; and never who is asked first, nor who comes before whom: a cloned repository moves no conversation to somebody else.
 */
export function narrow(project: readonly Leaf[], own: UsersOwn): Narrowed {
  const allowed: Leaf[] = [];
  const ignored: string[] = [];
  for (const leaf of project) {
    const name = leaf.path.join('.');
    const take = (value: unknown) => allowed.push({ path: leaf.path, value });
    switch (name) {
      case 'switchBack':
        if (SOONER.indexOf(leaf.value as SwitchBack) <= SOONER.indexOf(own.switchBack)) take(leaf.value);
        else ignored.push(name);
        break;
      case 'order': {
        const wanted = leaf.value as string[];
        const [first = ''] = own.order;
        const known = [...new Set(wanted.filter((item) => own.order.includes(item)))];
        const kept = own.order.filter((item) => item === first || known.includes(item));
        // A list of strangers is no narrowing but a mistake.
        if (known.length > 0) take(kept);
        ignored.push(...wanted.filter((item) => !own.order.includes(item)).map((item) => `order (${item})`));
        if (known.length > 0 && known.join() !== kept.join()) ignored.push(`order (your own sequence stays)`);
        break;
      }
      case 'failover.on': {
        const wanted = leaf.value as string[];
        const kept = wanted.filter((item) => own.failoverOn.includes(item));
        // No failures at all is a wish like another; none that the user has is a mistake.
        if (kept.length > 0 || wanted.length === 0) take(kept);
        ignored.push(...wanted.filter((item) => !own.failoverOn.includes(item)).map((item) => `${name} (${item})`));
        break;
      }
      case 'budget.perSession':
      case 'budget.perDay': {
        const limit = (name === 'budget.perSession' ? own.perSession : own.perDay) ?? Infinity;
        if ((leaf.value as number) <= limit) take(leaf.value);
        else ignored.push(name);
        break;
      }
      case 'failover.safetyChecks': {
        const isStricter = SAFETY_CHECKS.indexOf(leaf.value as SafetyChecks) <= SAFETY_CHECKS.indexOf(own.safetyChecks);
        if (isStricter) take(leaf.value);
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

/** Hashes that the user has vouched for, by the file's real path; beside them `version`, which is no path. */
type TrustFile = Record<string, unknown>;

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
  return !isForeign(trusted) && Object.hasOwn(trusted, real) && trusted[real] === file.hash;
}

/** Remembers that the user trusts this file as it stands. */
export async function trust(configFolder: string, file: { path: string; hash: string }): Promise<void> {
  const real = await fs.promises.realpath(file.path);
  const known = await readTrust(configFolder);
  if (isForeign(known)) {
    throw new UserError(`${trustFile(configFolder)} was written by a newer ccmux: trust this file with that one.`, {
      exitCode: EXIT.failure,
    });
  }
  const trusted = { version: FORMAT, ...known, [real]: file.hash };
  try {
    await writePrivateFile(trustFile(configFolder), `${JSON.stringify(trusted, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`${trustFile(configFolder)} cannot be written: make the folder ${configFolder} writable.`, {
      cause: error,
      exitCode: 1,
    });
  }
}

/** As many settings are named; the file is a stranger's, and may hold any number. */
const NAMED = 6;

/** The one line about an untrusted file. Names come from a stranger's file. */
export function untrustedWarning(file: string, ignored: readonly string[]): string {
  const named = ignored.slice(0, NAMED).map((name) => printable(name));
  const more = ignored.length > NAMED ? ` and ${ignored.length - NAMED} more` : '';
  return `${printable(file, Infinity)} is not trusted, so these settings in it are ignored: ${named.join(', ')}${more}. To allow them: ccmux config trust`;
}
