import type { Command, CommanderError } from 'commander';
import { didYouMean } from '../config/nearest.ts';
import { TOPICS } from './help-topics.ts';

/**
 * What is wrong with a command line, and where the help is.
 * @example `unknown command 'statsu' (Did you mean status?). See: ccmux --help`
 */
export async function explain(error: CommanderError, args: string[], program: Command): Promise<string> {
  if (args[0] === 'help') return explainNoCommand(args, program);
  if (error.code === 'commander.help') {
    return `no command: did you mean \`ccmux ${args.map(quote).join(' ')} claude\`?`;
  }
  const cause = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .trim();
  const first = args[0] ?? '';
  if (error.code === 'commander.unknownOption' && first.startsWith('-')) {
    return `${cause}. Options of Claude Code go after \`claude\`: ccmux claude ${first} …`;
  }
  if (error.code === 'commander.missingArgument') {
    const command = program.commands.find((candidate) => args.includes(candidate.name()));
    const choices = command?.registeredArguments.find(({ required }) => required)?.argChoices;
    if (choices) return `${cause}. Allowed choices are ${choices.join(', ')}.`;
  }
  return `${cause.replace(/\.$/, '')}. See: ccmux --help`;
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
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
