import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A program, and what stands before its arguments. */
export type Start = { program: string; before: readonly string[] };

/** The last words of a script that npm, pnpm or Yarn puts before a program: `"%dp0%\…\claude.exe"   %*`. */
const STARTED = /"%(?:~dp0|dp0%)\\([^"]+)"\s+%\*/;

/** Where they put the package itself. */
const PACKAGE = /[\\/]node_modules[\\/]@anthropic-ai[\\/]claude-code[\\/]/;

/**
 * What an installed `claude` really starts. On Windows npm puts a script `claude.cmd` before it, and to run that takes
 * `cmd.exe`, which ends a prompt at its first line break. A script of the user's own, which may do more than start
 * Claude Code, is left as it is.
 *
 * @param node what runs JavaScript.
 */
export function startOf(path: string, node: string = process.execPath): Start {
  const asItIs = { program: path, before: [] };
  if (!isBatch(path)) return asItIs;
  const target = STARTED.exec(readFileSync(path, 'utf8'))?.[1];
  if (target === undefined) return asItIs;
  const started = resolve(dirname(path), target.replaceAll('\\', '/'));
  if (!PACKAGE.test(started)) return asItIs;
  if (/\.exe$/i.test(started)) return { program: started, before: [] };
  return /\.[cm]?js$/i.test(started) ? { program: node, before: [started] } : asItIs;
}

/** A script that only `cmd.exe` can run. */
export function isBatch(path: string): boolean {
  return /\.(cmd|bat)$/i.test(path);
}
