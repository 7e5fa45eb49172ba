// The man page, from the same table of commands and settings as `--help`. The build bundles and runs this file.
import type { Command, Option } from 'commander';
import { TOPICS } from '../src/cli/help-topics.ts';
import { createProgram } from '../src/cli/program.ts';
import { LAUNCH_OPTIONS, SETTINGS } from '../src/config/settings.ts';
import { EXIT } from '../src/errors.ts';
import { version } from '../src/version.ts';

/** The text of `ccmux.1`, in the macros of man(7). */
export function manPage(): string {
  const { command } = createProgram({ stdout: { write: () => true } });
  const commands = command.commands.flatMap((each) => [each, ...each.commands]);
  const variables = [...Object.values(SETTINGS), ...Object.values(LAUNCH_OPTIONS)];
  return [
    `.TH CCMUX 1 "" "ccmux ${plain(version)}" "User Commands"`,
    '.SH NAME',
    plain('ccmux - Claude Code that goes on when Claude is limited, overloaded or down'),
    '.SH SYNOPSIS',
    '.B ccmux',
    plain('[options] claude [arguments for claude…]'),
    '.br',
    '.B ccmux',
    plain('<command>'),
    '.SH DESCRIPTION',
    plain(command.description().replaceAll('\n', ' ')),
    '.SH OPTIONS',
    plain('They go before `claude`; what stands behind it goes to Claude Code untouched.'),
    ...command.options.filter(({ hidden }) => !hidden).flatMap(optionItem),
    '.SH COMMANDS',
    ...commands.flatMap(commandItem),
    '.SH TOPICS',
    plain('Longer pages: `ccmux help <topic>`.'),
    ...Object.entries(TOPICS).flatMap(([name, about]) => item(name, about)),
    '.SH ENVIRONMENT',
    ...variables.flatMap(({ variable, flag }) => item(variable, `stands in for ${flag}`)),
    '.SH FILES',
    ...item('~/.config/ccmux/config.yaml', 'your configuration; `ccmux config path` names it on your system'),
    ...item('.ccmuxrc', "a project's configuration, in its folder or above"),
    ...item('~/.local/state/ccmux/', 'journals, reports, and what sessions share'),
    '.SH EXIT STATUS',
    plain(
      `That of Claude Code once it was launched. Before: ${EXIT.usage} for a mistake on the command line or in the ` +
        'configuration, 127 where claude is not found, 1 for a command that could not do its work.',
    ),
    '.SH SEE ALSO',
    '.BR claude (1)',
    '',
  ].join('\n');
}

function commandItem(command: Command): string[] {
  const parent = command.parent?.parent === null ? '' : `${command.parent?.name()} `;
  const title = `${parent}${command.name()} ${command.usage()}`;
  const options = command.options.filter(({ hidden, long }) => !hidden && long !== '--config');
  return [
    ...item(title, command.description()),
    ...(options.length === 0 ? [] : ['.RS', ...options.flatMap(optionItem), '.RE']),
  ];
}

function optionItem({ flags, description, argChoices }: Option): string[] {
  return item(flags, argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`);
}

function item(term: string, meaning: string): string[] {
  return ['.TP', `.B ${plain(term)}`, plain(meaning)];
}

/** Text that roff prints as it stands: a hyphen is a minus that can be copied, and no line begins a macro. */
function plain(text: string): string {
  const escaped = text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('…', '...');
  return escaped.replaceAll(/^([.'])/gm, String.raw`\&$1`);
}
