import { SYNTHETIC_MESSAGES, WRAPPERS } from './claude-code-2.1.330.ts';

/** What the user typed in these text blocks: reminders, wrappers and Claude Code's own messages are taken away. */
export function typedIn(texts: readonly string[]): string {
  // A command followed by its local output was carried out by Claude Code itself (`/compact`, `/model`).
  const command = texts.findLast(
    (text, index) =>
      commandIn(text) !== undefined && !isLocalOutput(text) && !texts.slice(index + 1).some(isLocalOutput),
  );
  // A command's expansion comes in the same message and was not typed.
  if (command !== undefined) return commandIn(command) ?? '';
  return texts
    .map(withoutWrappers)
    .filter((text) => text !== '' && !SYNTHETIC_MESSAGES.some((pattern) => pattern.test(text)))
    .join('\n\n');
}

const WRAPPED = new RegExp(`<(${WRAPPERS.join('|')})(?:\\s[^>]*)?>[\\s\\S]*?</\\1>`, 'g');

function isLocalOutput(text: string): boolean {
  return /<local-command-std(?:out|err)>/.test(text);
}

/** `<command-name>/init</command-name> … <command-args>x</command-args>` → `/init x`. */
function commandIn(text: string): string | undefined {
  if (!text.includes('<command-name>')) return undefined;
  const name = /<command-name>([\s\S]*?)<\/command-name>/.exec(text)?.[1]?.trim();
  if (name === undefined || name === '' || !text.trimStart().startsWith('<command-')) return undefined;
  const given = /<command-args>([\s\S]*?)<\/command-args>/.exec(text)?.[1]?.trim() ?? '';
  return given === '' ? name : `${name} ${given}`;
}

function withoutWrappers(text: string): string {
  // Most texts hold nothing of the kind.
  if (!text.includes('<')) return text.trim();
  return text
    .replaceAll(WRAPPED, '')
    .replaceAll(/<command-(name|message|args|contents)>[\s\S]*?<\/command-\1>/g, '')
    .replaceAll(/<bash-input>([\s\S]*?)<\/bash-input>/g, '! $1')
    .trim();
}
