import { Option, type Command } from 'commander';
import { LAUNCH_OPTIONS, ROWS, type AnySetting, type Flags, type SettingName } from '../config/settings.ts';

/** Adds the flags of the settings table to the program. @returns reads the flags that the user has given. */
export function addSettingOptions(program: Command): () => Flags {
  const options = ROWS.flatMap(([setting, row]) => optionsOf(row).map((option) => ({ option, setting })));
  for (const { option } of options) program.addOption(option);
  const { yes, config } = LAUNCH_OPTIONS;
  program.option(`-y, ${yes.flag}`, yes.meaning).option(`${config.flag} <file>`, config.meaning);

  return () => {
    // Commander's own default for `--no-…` does not count as given.
    const isGiven = (name: string) => program.getOptionValueSource(name) === 'cli';
    const given = options.filter(({ option }) => isGiven(option.attributeName()));
    const launch = Object.keys(LAUNCH_OPTIONS).filter(isGiven);
    return Object.fromEntries([
      ...given.map(({ option, setting }) => [setting, program.opts()[option.attributeName()]]),
      ...launch.map((name) => [name, program.opts()[name]]),
    ]) as Flags;
  };
}

/** The setting that an option belongs to, for what the completion offers as its value. */
export function settingOf(option: Option): SettingName | undefined {
  return ROWS.find(([, { flag, earlierFlag, offFlag }]) =>
    [flag, earlierFlag, offFlag].includes(option.long as typeof flag),
  )?.[0];
}

function optionsOf(row: AnySetting): Option[] {
  const { shape, flag, flagMeaning, earlierFlag, offFlag, offMeaning, meaning } = row;
  const value = shape.placeholder === undefined ? '' : ` <${shape.placeholder}>`;
  const option = new Option(`${flag}${value}`, flagMeaning ?? `${meaning}${hintOf(row)}`);
  if (shape.choice === 'one' && shape.names) option.choices(shape.names);
  return [
    option,
    ...(earlierFlag === undefined ? [] : [new Option(`${earlierFlag}${value}`).hideHelp()]),
    ...(offFlag === undefined ? [] : [new Option(offFlag, offMeaning)]),
  ];
}

/** The form of a value. Commander itself lists the names if one of them is chosen. */
function hintOf({ shape, default: value, example, flagExample }: AnySetting): string {
  const { choice, names = [], none } = shape;
  if (choice === 'some') return ` (any of: ${names.join(', ')}${none === undefined ? '' : `; or ${none}`})`;
  if (choice === 'one') return '';
  return example === undefined ? ` (default: ${value})` : ` (example: ${flagExample ?? inFlag(example)})`;
}

/** @example `claude,gemini` or `connect=5s,whole=4m` */
function inFlag(value: unknown): string {
  if (Array.isArray(value) || !(value instanceof Object)) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join();
}
