import type { Argument, Command, Option } from 'commander';
import { claudeCandidates } from './complete-claude.ts';
import { FILES, filesOnly, listOf } from './complete-values.ts';
import type { Candidate } from './complete-values.ts';
import { SETTINGS } from '../config/settings.ts';
import { isTopic, TOPICS } from './help-topics.ts';
import { createProgram } from './program.ts';
import { settingOf } from './setting-options.ts';

/**
 * `ccmux complete -- <words…>`, called by the scripts in `completions/`: the candidates for the last word. Prints one
 * candidate a line, `value<tab>description`, and `:files` where a file belongs. Never prints an error: it would land in
 * the middle of the user's command line.
 *
 * @param request the words after `complete`; `--new-word` before `--` means that the last word is empty.
 */
export async function runComplete(
  request: string[],
  stdout: { write(text: string): unknown },
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  try {
    const separator = request.indexOf('--');
    const words = request.slice(separator + 1);
    if (words.length === 0 || request.slice(0, separator).includes('--new-word')) words.push('');
    for (const { value, description } of await candidates(joinAssignments(words), env)) {
      stdout.write(description === undefined ? `${value}\n` : `${value}\t${oneLine(description)}\n`);
    }
  } catch {
    // The command itself reports a broken configuration, not its completion.
  }
  return 0;
}

/** Bash passes `--order=cl` as three words: one option and its value. */
function joinAssignments(words: string[]): string[] {
  return words.filter((word, index) => {
    const assigns = word === '=' && (words[index - 1] ?? '').startsWith('--');
    return !assigns || index === words.length - 1;
  });
}

async function candidates(words: string[], env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  // Bash's `=` at the end: the value is still empty.
  if (current === '=') return candidates([...words.slice(0, -1), ''], env);

  if (words.length === 2 && words[0] === 'help') return matching(helpPages(), current);
  const place = walk(words.slice(0, -1));
  if (place.claude) return claudeCandidates(place.claude, current, env);
  const { command, pending, arguments: given } = place;
  if (pending) return matching(await valuesOf(pending, current, env), current);

  const assignment = /^(--[^=]+)=(.*)$/.exec(current);
  if (assignment) {
    const [, name = '', value = ''] = assignment;
    const option = command.options.find(({ long }) => long === name);
    const values = option ? matching(await valuesOf(option, value, env), value) : [];
    // No shell completes a file after a `=` inside a word.
    if (filesOnly(values)) return [];
    return values.map((candidate) => ({ ...candidate, value: `${name}=${candidate.value}` }));
  }
  if (current.startsWith('-')) return matching(optionsOf(command), current);

  const argument = command.registeredArguments[given];
  const values = argument ? await valuesOf(argument, current, env, command, words.at(-2)) : [];
  return matching([...(given === 0 ? commandsOf(command) : []), ...values], current);
}

type Place = {
  command: Command;
  /** The option whose value comes next. */
  pending?: Option;
  /** How many arguments the command has already. */
  arguments: number;
  /** Everything after `claude` is Claude Code's command line. */
  claude?: string[];
};

/** Follows the complete words down the command tree. */
function walk(words: string[]): Place {
  let command = createProgram({ stdout: { write: () => {} } }).command;
  const root = command;
  let given = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => long === word || short === word);
      if (!option?.required && !option?.optional) continue;
      if (index === words.length - 1) return { command, pending: option, arguments: given };
      index++;
      continue;
    }
    const next = given === 0 ? command.commands.find((child) => child.name() === word) : undefined;
    if (command === root && word === 'claude') {
      return { command, arguments: 0, claude: words.slice(index + 1) };
    }
    if (next) command = next;
    else given++;
  }
  return { command, arguments: given };
}

function optionsOf(command: Command): Candidate[] {
  return [
    ...command.options.flatMap((option) =>
      option.hidden || option.long === undefined ? [] : [{ value: option.long, description: option.description }],
    ),
    { value: '--help', description: 'print help' },
  ];
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.description() }));
}

/** Of a command that is a topic as well, `help` prints the page. */
function helpPages(): Candidate[] {
  const topics = Object.entries(TOPICS).map(([value, description]) => ({ value, description }));
  const commands = commandsOf(createProgram({ stdout: { write: () => {} } }).command);
  return [...topics, ...commands.filter(({ value }) => value !== 'help' && !isTopic(value))];
}

/** Moments that a person may mean; there are more. */
const MOMENTS = ['today', 'yesterday', '24h', '7d', '30d'];

/** The possible values of an option or argument: its choices, or by its name. */
async function valuesOf(
  wanted: Option | Argument,
  current: string,
  env: NodeJS.ProcessEnv,
  command?: Command,
  before?: string,
): Promise<Candidate[]> {
  if (wanted.argChoices) return wanted.argChoices.map((value) => ({ value }));
  const values = await import('./complete-values.ts');
  const setting = 'long' in wanted ? settingOf(wanted) : undefined;
  const names = setting && SETTINGS[setting].shape.names;
  if (names)
    return listOf(
      names.map((value) => ({ value })),
      current,
    );
  switch ('long' in wanted ? wanted.long : `${command?.name()} ${wanted.name()}`) {
    case '--order':
      return listOf(await values.providers(env), current);
    case '--session':
    case 'report session':
      return values.sessions(env);
    case 'models provider':
    case 'drill providers':
      return values.providers(env);
    case 'use provider':
      return [...(await values.providers(env)), { value: 'auto', description: 'follow the order again' }];
    case 'get setting':
    case 'set setting':
      return values.settings();
    case 'set value':
      return values.valuesOfSetting(before, current, env);
    case '--since':
    case '--until':
      return MOMENTS.map((value) => ({ value }));
    case '--config':
    case '--html':
    case '--bundle':
    case 'trust file':
      return [FILES];
    default:
      return [];
  }
}

function matching(all: Candidate[], current: string): Candidate[] {
  return filesOnly(all) ? all : all.filter(({ value }) => value.startsWith(current));
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
