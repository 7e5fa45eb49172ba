import { Argument, Option, type Command } from 'commander';
import { usd } from '../config/shapes.ts';
import type { Flags } from '../config/settings.ts';
import { UserError } from '../errors.ts';
import { GROUPINGS } from '../state/figures.ts';
import { addConfigCommands } from './config-commands.ts';
import { addMemoryCommands } from './memory-commands.ts';
import type { ReportOptions } from './report.ts';
import type { Returning } from './returning.ts';

/** The shells that `ccmux completion` knows. */
const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The commands, each with its options. Its work is in a file of its own, loaded when it is called.
 * @returns the command `config`.
 */
export function addCommands(program: Command, returning: Returning, flags: () => Flags): Command {
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
    .option('--follow', 'the running session event by event, a line each, until it ends')
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
      '\nIn auto mode Claude checks each action; what a fallback proposes needs your\napproval. Only you can say this: best as a prompt in Claude Code itself. A\ncommand that a model runs is refused.',
    )
    .action(
      returning(async (provider: string, options: { session?: string }) => {
        const { runAllow } = await import('./allow.ts');
        return runAllow({ provider, ...options });
      }),
    );

  program
    .command('explain')
    .description('why the last request went where it went, and what would become of the next')
    .argument('[prompt]', 'what would become of this one')
    .option('--session <id>', 'which session, where several run')
    .action(
      returning(async (prompt: string | undefined, options: { session?: string }) => {
        const { runExplain } = await import('./explain.ts');
        return runExplain({ ...(prompt === undefined ? {} : { prompt }), ...options });
      }),
    );

  program
    .command('budget')
    .description('what was spent on paid providers; with +5, let this session spend $5 more')
    .argument('[amount]', 'US dollars to add to the caps of this session: +5')
    .option('--session <id>', 'which session, where several run')
    .addHelpText(
      'after',
      '\nOnly you can lift a budget: as a prompt in Claude Code, on the page, or in a\nterminal of your own.',
    )
    .action(
      returning(async (amount: string | undefined, options: { session?: string }) => {
        const { runBudget } = await import('./budget.ts');
        return runBudget({ ...(amount === undefined ? {} : { add: amount }), ...options });
      }),
    );

  addMemoryCommands(program, returning, flags);

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
    .command('models')
    .description('list the models that a provider has, with their context windows, and those that ccmux asks for')
    .argument('<provider>', 'a provider with a key, or one that needs none')
    .option('--json', 'print it as JSON')
    .action(
      returning(async (provider: string, options: { json?: boolean }) => {
        const { runModels } = await import('./models.ts');
        return runModels({ provider, json: options.json ?? false });
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
    .command('drill')
    .description('rehearse the outage: your providers answer for a simulated Claude that is at its limit')
    .argument('[providers...]', 'only these of your order')
    .addOption(
      new Option('--model <family>', "the provider's model for this family of Claude's")
        .choices(['opus', 'sonnet', 'haiku'])
        .default('sonnet'),
    )
    .option('--max-cost <usd>', 'what each provider may cost, US dollars (default: a half more than the estimate)')
    .option('--json', 'print it as JSON')
    .option('-y, --yes', 'do not ask about the cost')
    .addHelpText(
      'after',
      '\nEach provider goes through a limit in a tool loop, a picture, a PDF, and the way\nback to Claude. With several, a last loop goes through all of them: each takes\none step, is then at a limit that is made up, and the next one goes on.\nNo file of yours is touched, and what it costs is asked first.',
    )
    .action(
      returning(async (providers: string[], options: DrillOptions) => {
        const { runDrill } = await import('./drill.ts');
        const { model, maxCost, json = false, yes = false } = options;
        const cost = maxCost === undefined ? undefined : amountOf(maxCost, '--max-cost');
        return runDrill({ providers, model, json, yes, ...(cost !== undefined && { maxCost: cost }) });
      }),
    );

  program
    .command('init')
    .description('find and test your keys, choose your providers, and write your configuration')
    .option('-y, --yes', 'ask nothing: take every provider whose key is in the environment')
    .option('--force', 'write over a configuration that is there')
    .action(
      returning(async (options: { yes?: boolean; force?: boolean }) => {
        const { runInit } = await import('./init.ts');
        return runInit({ yes: options.yes ?? false, force: options.force ?? false });
      }),
    );

  const config = addConfigCommands(program, returning, flags);

  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nThe script says at its top how to install it.')
    .action(
      returning(async (shell: Shell) => {
        const { runCompletion } = await import('./completion.ts');
        return runCompletion({ shell });
      }),
    );

  program
    .command('demo')
    .description('see a failover on simulated providers: no key, no network')
    .option('--memory', 'what the next model is told, and repeats: thinking hidden and shown, memory off and on')
    .option('--html [file]', 'with --memory: write the comparison as one self-contained page, too')
    .action(
      returning(async ({ memory, html }: { memory?: boolean; html?: string | true }) => {
        if (memory) return (await import('./demo-memory.ts')).runMemoryDemo(html);
        if (html !== undefined) throw new UserError('--html goes with --memory: ccmux demo --memory --html');
        return (await import('./demo.ts')).runDemo();
      }),
    );
  return config;
}

type DrillOptions = { model: string; maxCost?: string; json?: boolean; yes?: boolean };
type DoctorOptions = { live?: boolean; json?: boolean; yes?: boolean; maxCost?: string; bundle?: string | true };

function amountOf(text: string, option: string): number {
  const parsed = usd.parse(text);
  if (!parsed.ok) throw new UserError(`${option}: expected ${parsed.expected}, found ${JSON.stringify(text)}.`);
  return parsed.value;
}
