import type { Command } from 'commander';
import type { Flags } from '../config/settings.ts';
import type { Returning } from './returning.ts';

/** `ccmux config` and what stands under it. */
export function addConfigCommands(program: Command, returning: Returning, flags: () => Flags): Command {
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
        "  ccmux config set providers.local '{ kind: openai-compatible,\n" +
        "      baseUrl: http://127.0.0.1:1234/v1, models: { default: qwen3-coder } }'",
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
  return config;
}
