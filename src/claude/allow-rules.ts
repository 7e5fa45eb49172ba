import { simpleCommands } from './reading-commands.ts';

/**
 * The user's own `permissions.allow` and `--allowedTools`, read only as far as there can be no doubt about them: where
 * such a rule allows a call, Claude Code runs it without a check, so no question is needed. Every other rule is
 * ignored. (Claude Code's permissions page.)
 */

/** Programs that run their arguments: auto mode ignores a rule that allows them with any argument. */
const RUNNERS =
  /^(?:sudo|env|xargs|eval|exec|ssh|cmd|powershell|pwsh|(?:ba|z|fi|da|k)?sh|python[\d.]*|node|deno|bun|ruby|perl|php|npx|tsx|uvx?)(?:\.exe)?$/i;

/** @param rules each as it is written in settings: `Edit`, `Bash(npm test)`, `Bash(git commit:*)`, `WebFetch(domain:a.example)`. */
export function isAllowed(rules: readonly string[], tool: string, input: unknown): boolean {
  const own = rules.flatMap((rule) => {
    const [, name, detail] = /^([\w-]+)(?:\((.*)\))?$/s.exec(rule.trim()) ?? [];
    return name === tool ? [detail] : [];
  });
  const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  if (tool === 'Bash') return typeof fields['command'] === 'string' && isCommandAllowed(own, fields['command']);
  // A rule that names the whole tool.
  if (own.includes(undefined)) return true;
  const host = tool === 'WebFetch' ? hostOf(fields['url']) : undefined;
  return host !== undefined && own.includes(`domain:${host}`);
}

/** Every part of a command line needs a rule. A rule for all of `Bash` does not count: auto mode ignores it. */
function isCommandAllowed(details: readonly (string | undefined)[], command: string): boolean {
  const parts = simpleCommands(command);
  return (
    parts !== undefined &&
    parts.every((words) => {
      const plain = words.join(' ');
      return details.some((detail) => detail !== undefined && matches(detail, plain, words));
    })
  );
}

function matches(detail: string, command: string, words: readonly string[]): boolean {
  // A word with a space in it was quoted: joined again it would read as two.
  if (words.some((word) => /\s/.test(word))) return false;
  const prefix = /^([^*]+?)(?::\*| \*)$/.exec(detail)?.[1];
  if (prefix === undefined) return !detail.includes('*') && detail === command;
  return !RUNNERS.test(words[0] ?? '') && (command === prefix || command.startsWith(`${prefix} `));
}

function hostOf(url: unknown): string | undefined {
  try {
    return typeof url === 'string' ? new URL(url).hostname : undefined;
  } catch {
    return undefined;
  }
}
