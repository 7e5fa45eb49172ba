import { Command, CommanderError } from 'commander';
import { EXIT, UserError } from '../errors.ts';
import { LAUNCH_OPTIONS, SETTINGS, type SettingName } from '../config/settings.ts';
import type { Terminal } from './main.ts';
import { version } from '../version.ts';
import { addCommands } from './commands.ts';
import { isTopic, TOPICS } from './help-topics.ts';
import type { Returning } from './returning.ts';
import { addSettingOptions } from './setting-options.ts';
import { explain, explainNoCommand } from './usage-error.ts';

export type Program = {
  /** The tree itself, for completion. */
  command: Command;
  /** Parses the arguments and runs their command. @returns its exit code. */
  run(args: string[]): Promise<number>;
};

/** `ccmux help --help` */
const HELP_ITSELF: ReadonlySet<string> = new Set(['help', '--help', '-h']);

const CONFIG_OPTION = `${LAUNCH_OPTIONS.config.flag} <file>`;

/** The command tree. Each command's work is in its own file, loaded when it is called. */
export function createProgram(terminal: Pick<Terminal, 'stdout'>): Program {
  let exitCode = 0;
  const program = new Command('ccmux');
  const returning: Returning =
    (work) =>
    async (...args) => {
      exitCode = await work(...args);
    };

  program
    .description(
      'Runs Claude Code. When Claude is limited, overloaded or down, your next provider\nanswers the same request in the same conversation, and you keep typing.',
    )
    .usage('[options] claude [arguments for claude…]\n       ccmux <command>')
    .enablePositionalOptions()
    .helpCommand('help [topic]', 'print the help of a command, or a page about a topic')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
    });
  const flags = addSettingOptions(program);
  program
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .addHelpText(
      'after',
      `
Examples:
  ccmux claude                            Claude Code, your providers behind it
  ccmux claude -p "fix the failing test"  what follows \`claude\` goes to it
  ccmux --order claude,gemini claude      these providers, for this session
  ccmux status --watch                    who answers, and when Claude is back
  ccmux use claude                        back to Claude from the next request
  ccmux demo                              a failover without key and network

Topics (ccmux help <topic>):
${topicsText()}

More about a command: ccmux help <command>, or ccmux <command> --help
Something does not work: ccmux doctor
A fault: report it with \`ccmux doctor --bundle\`, where you found ccmux`,
    );

  const config = addCommands(program, returning, flags);
  for (const command of [...program.commands, ...config.commands]) {
    if (command.name() !== 'claude') command.option(CONFIG_OPTION, LAUNCH_OPTIONS.config.meaning);
  }
  // Only the launch, and the commands that show its configuration, read the other options.
  program.hook('preAction', (_, action) => {
    const { config: before, ...others } = flags();
    const file = action.opts<{ config?: string }>().config ?? before;
    // Every command that reads the configuration reads this variable.
    if (file !== undefined) process.env[LAUNCH_OPTIONS.config.variable] = file;
    const [given] = Object.keys(others);
    if (given === undefined || action.parent === config) return;
    const { flag, variable } = { ...SETTINGS, ...LAUNCH_OPTIONS }[given as SettingName | keyof typeof LAUNCH_OPTIONS];
    throw new UserError(
      `${flag} has no effect on \`ccmux ${action.name()}\`. Give it before \`claude\`, or set ${variable} for every command.`,
    );
  });

  return {
    command: program,
    async run(args) {
      if (args.length === 0) {
        program.outputHelp();
        return 0;
      }
      try {
        const { operands, unknown } = program.parseOptions(args);
        if (operands.length === 1 && operands[0] === 'claude') {
          // Not by commander's own `claude` command, which would remove a `--` from the client's arguments.
          const { runClaude } = await import('./claude.ts');
          return await runClaude({ args: unknown, flags: flags() });
        }
        if (args[0] === 'help' && args[1] === 'claude') {
          const { runClaude } = await import('./claude.ts');
          return await runClaude({ args: ['--help'], flags: {} });
        }
        if (args[0] === 'help' && args.length === 2 && HELP_ITSELF.has(args[1]!)) {
          program.outputHelp();
          return 0;
        }
        if (args[0] === 'help' && args.length === 2 && isTopic(args[1]!)) {
          // A command of that name tells its options by `--help`.
          const { runHelp } = await import('./help.ts');
          return await runHelp(args[1]);
        }
        if (args[0] === 'help' && args.length > 2) {
          // Commander's own `help` knows no command of a command.
          commandOf(program, args.slice(1))?.help();
          throw new UserError(await explainNoCommand(args, program));
        }
        await program.parseAsync(args, { from: 'user' });
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        // `--help` and `--version` have been printed.
        if (error.exitCode === 0) return 0;
        throw new UserError(await explain(error, args, program), { exitCode: EXIT.usage, cause: error });
      }
    },
  };
}

function topicsText(): string {
  const width = Math.max(...Object.keys(TOPICS).map(({ length }) => length));
  return Object.entries(TOPICS)
    .map(([name, about]) => `  ${name.padEnd(width)}  ${about}`)
    .join('\n');
}

/** `config set` → the command of that name. */
function commandOf(program: Command, names: string[]): Command | undefined {
  return names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((child) => child.name() === name),
    program,
  );
}
