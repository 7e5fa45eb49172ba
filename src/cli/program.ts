import { Argument, Command, CommanderError, Option } from 'commander';
import { EXIT, UserError } from '../errors.ts';
import { LAUNCH_OPTIONS, SETTINGS, type SettingName } from '../config/settings.ts';
import { usd } from '../config/shapes.ts';
import { GROUPINGS } from '../state/history.ts';
import type { Terminal } from './main.ts';
import type { ReportOptions } from './report.ts';
import { version } from '../version.ts';
import { addSettingOptions } from './setting-options.ts';

/** The shells that `ccmux completion` knows. */
const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

export type Program = {
  /** The tree itself, for completion. */
  command: Command;
  /** Parses the arguments and runs their command. @returns its exit code. */
  run(args: string[]): Promise<number>;
};

const CONFIG_OPTION = `${LAUNCH_OPTIONS.config.flag} <file>`;

/** README, which the package holds beside `dist`. */
const MANUAL = process.getBuiltinModule('node:url').fileURLToPath(new URL('../../README.md', import.meta.url));

/** The command tree. Each command's work is in its own file, loaded when it is called. */
export function createProgram(terminal: Pick<Terminal, 'stdout'>): Program {
  let exitCode = 0;
  const program = new Command('ccmux');
  const returning =
    <A extends unknown[]>(work: (...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> => {
      exitCode = await work(...args);
    };

  program
    .description(
      'Runs Claude Code. When Claude is limited, overloaded or down, your next provider\nanswers the same request in the same conversation, and you keep typing.',
    )
    .usage('[options] claude [arguments for claude…]\n       ccmux <command>')
    .enablePositionalOptions()
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
  ccmux claude                            start Claude Code with your providers behind it
  ccmux claude -p "fix the failing test"  everything after \`claude\` is Claude Code's own
  ccmux --order claude,gemini claude      these providers, for this session
  ccmux status --watch                    who answers now, and when Claude is back
  ccmux use claude                        back to Claude from the next request on
  ccmux demo                              see a failover, with no key and no network

More about a command: ccmux help <command>
The manual: ${MANUAL}
Something does not work: ccmux doctor. A fault: report it with \`ccmux doctor --bundle\`, where you found ccmux.`,
    );

  program
    .command('claude')
    .description('start Claude Code; everything after `claude` goes to it untouched')
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption();

  program
    .command('report')
    .description('what happened in a session, or in all sessions of a period')
    .argument('[session]', 'a session id, its beginning or its end (default: the last one)')
    .option('--all', 'leave nothing out: every response, every event, the timeline')
    .option('--list', 'list the sessions')
    .option('--since <when>', 'the figures of all sessions since then: 7d, 24h, yesterday, 2026-11-22')
    .option('--until <when>', 'and until then')
    .addOption(new Option('--by <what>', 'the figures in groups').choices(GROUPINGS))
    .option('--json', 'print it as JSON')
    .option('--csv', 'print the figures as CSV')
    .option('--markdown', 'print the figures as a Markdown table')
    .option('--html [file]', 'write it as one self-contained page')
    .option('--open', 'open the page in the browser')
    .addHelpText(
      'after',
      '\nExamples:\n  ccmux report 3f2a --all\n  ccmux report --since 7d --by day\n  ccmux report --by project --csv > projects.csv',
    )
    .action(
      returning(async (session: string | undefined, options: ReportOptions) => {
        const { runReport } = await import('./report.ts');
        return runReport({ ...options, ...(session === undefined ? {} : { session }) });
      }),
    );

  program
    .command('status')
    .description('who answers now and why, what is left of each limit, and when it resets')
    .option('--json', 'print it as JSON')
    .option('--watch', 'keep it current until Ctrl-C')
    .action(
      returning(async (options: { json?: boolean; watch?: boolean }) => {
        const { runStatus } = await import('./status.ts');
        return runStatus({ json: options.json ?? false, watch: options.watch ?? false });
      }),
    );

  program
    .command('dashboard')
    .description('open the live page of the running session in the browser')
    .option('--session <id>', 'which session, where several run')
    .action(
      returning(async (options: { session?: string }) => {
        const { runDashboard } = await import('./dashboard.ts');
        return runDashboard(options);
      }),
    );

  program
    .command('use')
    .description('prefer a provider from the next request on, in the running session')
    .argument('<provider>', 'a provider of the session, or `auto` to follow the order again')
    .option('--only', 'and nobody else: no failover')
    .option('--session <id>', 'which session, where several run')
    .addHelpText('after', '\nExamples:\n  ccmux use gemini\n  ccmux use claude --only\n  ccmux use auto')
    .action(
      returning(async (provider: string, options: { only?: boolean; session?: string }) => {
        const { runUse } = await import('./use.ts');
        const { session } = options;
        return runUse({ provider, only: options.only ?? false, ...(session === undefined ? {} : { session }) });
      }),
    );

  program
    .command('allow')
    .description("let a fallback's commands run without a question, until Claude answers again")
    .argument('<provider>', 'a fallback of the session, or `none` to be asked again')
    .option('--session <id>', 'which session, where several run')
    .addHelpText(
      'after',
      '\nIn auto mode Claude checks each action; what a fallback proposes needs your approval.\nOnly you can say this: best as a prompt in Claude Code itself. A command that a model runs is refused.',
    )
    .action(
      returning(async (provider: string, options: { session?: string }) => {
        const { runAllow } = await import('./allow.ts');
        return runAllow({ provider, ...options });
      }),
    );

  program
    .command('budget')
    .description('what was spent on paid providers; with +5, let this session spend $5 more')
    .argument('[amount]', 'US dollars to add to the caps of this session: +5')
    .option('--session <id>', 'which session, where several run')
    .addHelpText(
      'after',
      '\nOnly you can lift a budget: as a prompt in Claude Code, on the page, or in a terminal of your own.',
    )
    .action(
      returning(async (amount: string | undefined, options: { session?: string }) => {
        const { runBudget } = await import('./budget.ts');
        return runBudget({ ...(amount === undefined ? {} : { add: amount }), ...options });
      }),
    );

  program
    .command('providers')
    .description('list the providers: available, unavailable until when, or without a key, and what they can take')
    .option('--json', 'print it as JSON')
    .action(
      returning(async (options: { json?: boolean }) => {
        const { runProviders } = await import('./providers.ts');
        return runProviders({ json: options.json ?? false });
      }),
    );

  program
    .command('doctor')
    .description('check this machine: claude, configuration, keys, folders, proxies')
    .option('--live', 'ask each configured provider one tiny question (less than a cent each)')
    .option('--max-cost <usd>', 'what --live may spend on each provider, US dollars (default: 0.01)')
    .option('--bundle [file]', 'write what a bug report needs into a file: no keys, no texts')
    .option('--json', 'print it as JSON')
    .option('-y, --yes', 'do not ask before --live')
    .action(
      returning(async (options: DoctorOptions) => {
        const { runDoctor } = await import('./doctor.ts');
        const { live = false, json = false, yes = false, maxCost, bundle } = options;
        const cost = maxCost === undefined ? undefined : amountOf(maxCost, '--max-cost');
        return runDoctor({
          live,
          json,
          yes,
          ...(cost !== undefined && { maxCost: cost }),
          ...(bundle !== undefined && { bundle }),
        });
      }),
    );

  program
    .command('init')
    .description('choose your providers and write your configuration')
    .option('-y, --yes', 'ask nothing: take every provider whose key is in the environment')
    .option('--force', 'write over a configuration that is there')
    .action(
      returning(async (options: { yes?: boolean; force?: boolean }) => {
        const { runInit } = await import('./init.ts');
        return runInit({ yes: options.yes ?? false, force: options.force ?? false });
      }),
    );

  const config = program.command('config').description('show and change the settings, and trust a project');
  config
    .command('show', { isDefault: true })
    .description('every setting, its value and where it comes from')
    .option('--json', 'print it as JSON')
    .action(
      returning(async (options: { json?: boolean }) => {
        const { runConfigShow } = await import('./config.ts');
        return runConfigShow({ json: options.json ?? false, flags: flags() });
      }),
    );
  config
    .command('path')
    .description('the files that are read, and those that would be')
    .action(
      returning(async () => {
        const { runConfigPath } = await import('./config.ts');
        return runConfigPath({ flags: flags() });
      }),
    );
  config
    .command('get')
    .description('the value of a setting, or of a group of them, as it holds here')
    .argument('<setting>', 'its place in a file: switchBack, budget.perDay, providers.gemini')
    .option('--json', 'print it as JSON')
    .action(
      returning(async (setting: string, options: { json?: boolean }) => {
        const { runConfigGet } = await import('./config-change.ts');
        return runConfigGet({ setting, json: options.json ?? false, flags: flags() });
      }),
    );
  config
    .command('set')
    .description('change a setting in your own file; its comments stay')
    .argument('<setting>', 'its place in a file: switchBack, budget.perDay, providers.gemini.apiKey')
    .argument('[value]', 'as its flag has it, or as YAML writes a list or a mapping')
    .option('--unset', 'take it out of the file')
    .addHelpText(
      'after',
      '\nExamples:\n  ccmux config set order claude,gemini,groq\n  ccmux config set budget.perSession 5\n' +
        "  ccmux config set providers.local '{ kind: openai-compatible, baseUrl: http://127.0.0.1:1234/v1,\n" +
        "                                      models: { default: qwen3-coder } }'",
    )
    .action(
      returning(async (setting: string, value: string | undefined, options: { unset?: boolean }) => {
        const { runConfigSet } = await import('./config-change.ts');
        const unset = options.unset ?? false;
        return runConfigSet({ setting, unset, flags: flags(), ...(value === undefined ? {} : { value }) });
      }),
    );
  config
    .command('edit')
    .description('open your own file in $VISUAL or $EDITOR, and check it afterwards')
    .action(
      returning(async () => {
        const { runConfigEdit } = await import('./config-change.ts');
        return runConfigEdit({ flags: flags() });
      }),
    );
  config
    .command('trust')
    .description("let a project's file set everything, as it stands now")
    .argument('[file]', "the project's file; without it, the one that is in force here")
    .action(
      returning(async (file: string | undefined) => {
        const { runConfigTrust } = await import('./config.ts');
        return runConfigTrust(file === undefined ? {} : { file });
      }),
    );
  config
    .command('schema')
    .description('the JSON Schema of the configuration')
    .action(
      returning(async () => {
        const { runConfigSchema } = await import('./config.ts');
        return runConfigSchema();
      }),
    );

  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nThe first line of the script says how to install it.')
    .action(
      returning(async (shell: Shell) => {
        const { runCompletion } = await import('./completion.ts');
        return runCompletion({ shell });
      }),
    );

  program
    .command('demo')
    .description('see a failover on simulated providers: no key, no network')
    .action(
      returning(async () => {
        const { runDemo } = await import('./demo.ts');
        return runDemo();
      }),
    );

  for (const command of [...program.commands, ...config.commands]) {
    if (command.name() !== 'claude') command.option(CONFIG_OPTION, LAUNCH_OPTIONS.config.meaning);
  }
  // Only the launch, and the command that shows what it would be launched with, read the other options.
  program.hook('preAction', (_, action) => {
    const { config: before, ...others } = flags();
    const file = action.opts<{ config?: string }>().config ?? before;
    // Whoever reads the configuration, in whichever command, reads this variable.
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
          // Not by way of commander's own `claude` command: it would take a `--` out of the client's arguments.
          const { runClaude } = await import('./claude.ts');
          return await runClaude({ args: unknown, flags: flags() });
        }
        await program.parseAsync(args, { from: 'user' });
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        // `--help` and `--version` have been printed.
        if (error.exitCode === 0) return 0;
        throw new UserError(explain(error, args, program), { exitCode: EXIT.usage, cause: error });
      }
    },
  };
}

type DoctorOptions = { live?: boolean; json?: boolean; yes?: boolean; maxCost?: string; bundle?: string | true };

function amountOf(text: string, option: string): number {
  const parsed = usd.parse(text);
  if (!parsed.ok) throw new UserError(`${option}: expected ${parsed.expected}, found ${JSON.stringify(text)}.`);
  return parsed.value;
}

/** @example `unknown command 'statsu' (Did you mean status?). See: ccmux --help` */
function explain(error: CommanderError, args: string[], program: Command): string {
  if (args[0] === 'help') {
    return `there is no command '${args.slice(1).join(' ')}'. See: ccmux --help`;
  }
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

/** As it would be typed in a shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
