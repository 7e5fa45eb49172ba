import { createProgram } from './program.ts';

/** What `ccmux claude --help` prints before Claude Code's own help: the options that go before `claude`. */
export function launchHelp(): string {
  const { command } = createProgram({ stdout: { write: () => true } });
  const helper = command.createHelp();
  const options = helper
    .visibleOptions(command)
    .map((option) => [helper.optionTerm(option), helper.optionDescription(option)] as const);
  const shown = options.filter(([term]) => !/--(version|help)\b/.test(term));
  helper.helpWidth = process.stdout.columns ?? 80;
  const width = Math.max(...shown.map(([term]) => term.length));
  const lines = shown.map(([term, meaning]) => helper.formatItem(term, width, meaning, helper));
  return [
    'ccmux [options] claude [arguments for claude…]',
    '',
    'Options of ccmux, which go before `claude`:',
    ...lines,
    '',
    'What follows is the help of Claude Code, whose options go after `claude`.',
    '',
    '',
  ].join('\n');
}
