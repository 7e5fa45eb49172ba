import { folders, writePrivateFile } from '../config/paths.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import { FILES } from './complete-values.ts';
import type { Candidate } from './complete-values.ts';

/** The installed client's command line, from its help. */
export type ClaudeHelp = {
  options: { names: string[]; takesValue: boolean; description: string; choices: string[] }[];
  commands: { name: string; description: string }[];
};

/**
 * Candidates after `claude`: the installed client's own options and commands.
 * @param words the words between `claude` and the cursor.
 */
export async function claudeCandidates(words: string[], current: string, env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  // After `--` comes a prompt.
  if (words.includes('--')) return [];
  const help = await installedHelp(env);
  const previous = help.options.find(({ names }) => names.includes(words.at(-1) ?? ''));
  if (previous?.takesValue && !current.startsWith('-')) {
    if (previous.choices.length === 0) return [FILES];
    return previous.choices.filter((value) => value.startsWith(current)).map((value) => ({ value }));
  }
  const all = current.startsWith('-')
    ? help.options.map(({ names, description }) => ({ value: names.at(-1) ?? '', description }))
    : words.length === 0
      ? help.commands.map(({ name, description }) => ({ value: name, description }))
      : [];
  return all.filter(({ value }) => value.startsWith(current));
}

const HELP_TIMEOUT_MS = 5000;

/** `claude --help` takes half a second, so its result is kept until another `claude` is installed. */
async function installedHelp(env: NodeJS.ProcessEnv): Promise<ClaudeHelp> {
  const { findClaude } = await import('../launch/launch.ts');
  const fs = process.getBuiltinModule('node:fs').promises;
  const path = findClaude(env);
  const real = await fs.realpath(path);
  const { mtimeMs, size } = await fs.stat(real);
  const key = `${real} ${mtimeMs} ${size}`;
  const cache = process.getBuiltinModule('node:path').join(folders(env).state, 'claude-help.json');
  const kept = await fs.readFile(cache, 'utf8').then(
    (text) => JSON.parse(text) as { version?: number; key: string; help: ClaudeHelp },
    () => undefined,
  );
  if (kept?.version === FORMAT && kept.key === key) return kept.help;

  const { execFile } = process.getBuiltinModule('node:child_process');
  const { startOf } = await import('../launch/shim.ts');
  const { program, before } = startOf(path);
  const text = await new Promise<string>((resolve) => {
    execFile(program, [...before, '--help'], { env, timeout: HELP_TIMEOUT_MS, maxBuffer: 4 << 20 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
  const help = parseHelp(text);
  if (help.options.length > 0 && !isForeign(kept)) {
    await writePrivateFile(cache, JSON.stringify({ version: FORMAT, key, help })).catch(() => {});
  }
  return help;
}

/** Reads the help that commander prints: entries are indented by two, their descriptions by more. */
export function parseHelp(text: string): ClaudeHelp {
  const help: ClaudeHelp = { options: [], commands: [] };
  for (const { section, term, description } of entriesOf(text)) {
    if (section === 'Options') {
      const choices = /\(choices: ([^)]*?)(?:, default: [^)]*)?\)/.exec(description)?.[1] ?? '';
      help.options.push({
        names: term.match(/(?<=^|[\s,])--?[\w-]+/g) ?? [],
        takesValue: term.includes('<'),
        description,
        choices: [...choices.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? ''),
      });
    } else if (section === 'Commands') {
      const [name = ''] = term.split(/[|\s]/);
      help.commands.push({ name, description });
    }
  }
  return help;
}

type Entry = { section: string; term: string; description: string };

function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    const heading = /^(\w+):$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const entry = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line);
    const last = entries.at(-1);
    if (entry) entries.push({ section, term: entry[1] ?? '', description: entry[2] ?? '' });
    else if (last && /^ {4}/.test(line)) last.description = `${last.description} ${line.trim()}`.trim();
  }
  return entries;
}
