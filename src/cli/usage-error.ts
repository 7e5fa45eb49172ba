import type { Command, CommanderError } from 'commander';
import { didYouMean } from '../config/nearest.ts';
import { TOPICS } from './help-topics.ts';

/**
 * What is wrong with a command line, and where the help is.
 * @example `unknown command 'statsu' (Did you mean status?). See: ccmux --help`
 */
export async function explain(error: CommanderError, args: string[], program: Command): Promise<string> {
  if (args[0] === 'help') return explainNoCommand(args, program);
  if (error.code === 'commander.help') return explainNothing(args);
  const first = args[0] ?? '';
  const cause = causeOf(error);
  if (error.code === 'commander.unknownOption' && first.startsWith('-')) {
    return `${cause}. Options of Claude Code go after \`claude\`: ccmux claude ${first} …`;
  }
  const { path, command } = calledBy(args, program);
  const see = `See: ${path} --help`;
  switch (error.code) {
    case 'commander.missingArgument': {
      const missing = command.registeredArguments.find(({ required }) => required);
      const choices = missing?.argChoices;
      const which = choices === undefined ? '' : `: ${choices.join(', ')}`;
      return `${path} needs <${missing?.name()}>${which}. ${see}`;
    }
    case 'commander.optionMissingArgument':
      return `${/'(.+)'/.exec(cause)?.[1]} needs a value. ${see}`;
    case 'commander.excessArguments':
      return explainExcess(error, { path, command, see });
    case 'commander.invalidArgument':
      return `${await explainChoice(cause, command, program)} ${see}`;
    default:
      return `${cause}. ${see}`;
  }
}

/** Options of ccmux, and no command. */
function explainNothing(args: string[]): string {
  const options = args.filter((word) => word !== '--').map(quote);
  return `no command: did you mean \`${['ccmux', ...options, 'claude'].join(' ')}\`?`;
}

/** Commander's own words, as one line without its mark and its dot. */
function causeOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .trim()
    .replace(/\.$/, '');
}

type Called = { path: string; command: Command };

/** The command that a line calls, as far as it names one: `config set` has a help of its own. */
function calledBy(args: string[], program: Command): Called {
  let command = program;
  let path = 'ccmux';
  // What stands before the command are options of ccmux and their values. The help of `claude` is Claude Code's own.
  const start = args.findIndex((word) => word !== 'claude' && childOf(program, word) !== undefined);
  for (const word of start === -1 ? [] : args.slice(start)) {
    const child = childOf(command, word);
    if (child === undefined) break;
    command = child;
    path += ` ${word}`;
  }
  return { path, command };
}

function childOf(command: Command, name: string): Command | undefined {
  return command.commands.find((child) => child.name() === name);
}

/** `config lst` is a command that is misspelt; the rest is one word too many. */
async function explainExcess(error: CommanderError, { path, command, see }: Called & { see: string }): Promise<string> {
  const words = /but got \d+: (.*)\.$/.exec(error.message)?.[1]?.split(', ') ?? [];
  const names = command.commands.map((child) => child.name());
  if (names.length > 0) {
    return `unknown command '${words[0]}' of ${path}.${await didYouMean(words[0] ?? '', names)} ${see}`;
  }
  const takes = command.registeredArguments.length;
  const most = takes === 0 ? 'no argument' : takes === 1 ? 'one argument' : `${takes} arguments`;
  return `${path} takes ${most}, found ${words.map((word) => JSON.stringify(word)).join(' ')}. ${see}`;
}

/** A value that is none of those that an option or an argument takes. */
async function explainChoice(cause: string, command: Command, program: Command): Promise<string> {
  const found = /(?:argument|value) '([^]*)' is invalid/.exec(cause)?.[1] ?? '';
  const flags = /^option '([^']*)'/.exec(cause)?.[1];
  const option = [...command.options, ...program.options].find((one) => one.flags === flags);
  const name = / for argument '([^']*)'/.exec(cause)?.[1];
  const argument = command.registeredArguments.find((one) => one.name() === name);
  const choices = (option ?? argument)?.argChoices;
  if (choices === undefined) return `${cause}.`;
  const what = option?.long ?? `<${name}>`;
  const hint = await didYouMean(found, choices);
  return `${what}: expected ${choices.join(', ')}, found ${JSON.stringify(found)}.${hint}`;
}

/** `ccmux help <command or topic>` for what is neither. */
export async function explainNoCommand(args: string[], program: Command): Promise<string> {
  const name = args.slice(1).join(' ');
  const commands = program.commands.flatMap((command) => [
    command.name(),
    ...command.commands.map((child) => `${command.name()} ${child.name()}`),
  ]);
  const hint = await didYouMean(name, [...commands, ...Object.keys(TOPICS)]);
  return `there is no command and no topic '${name}'.${hint} See: ccmux --help`;
}

/** As it would be typed in a shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
