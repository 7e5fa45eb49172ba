import { discover } from '../config/discovery.ts';
import { findUserFiles } from '../config/file.ts';
import { folders, writePrivateFile } from '../config/paths.ts';
import { SETTINGS, SWITCH_BACK } from '../config/settings.ts';
import { sentence } from '../config/shapes.ts';
import { settingsTemplate } from '../config/template.ts';
import { EXIT, UserError } from '../errors.ts';
import type { SwitchBack } from '../state/live.ts';

const path = process.getBuiltinModule('node:path');

/** What the user chose, or what was found. With no order, every provider that is found later may answer too. */
export type Choices = { order?: string[]; switchBack: SwitchBack };

type Row = { id: string; label: string; keyVariables: readonly string[] };

/**
 * `ccmux init`: asks who may answer, in which order, and when to switch back; writes `config.yaml`, readable by its
 * owner only, and its JSON Schema beside it. A file that is there is never written over unasked.
 */
export async function runInit({ yes, force }: { yes: boolean; force: boolean }): Promise<number> {
  const { CATALOG } = await import('../providers/catalog.ts');
  const rows = Object.values(CATALOG);
  const found = discover(rows, process.env).map(({ id }) => id);
  const { config: folder } = folders();
  const file = path.join(folder, 'config.yaml');
  const [existing] = findUserFiles(folder);
  const asking = !yes && process.stdin.isTTY && process.stdout.isTTY;

  if (!asking && !yes) {
    throw new UserError(
      'ccmux init asks questions and there is no terminal to ask in. Take what is found: ccmux init --yes',
    );
  }
  if (existing !== undefined && !force) {
    const overwrite = asking && existing === file && (await mayOverwrite(file));
    if (!overwrite) {
      throw new UserError(
        `${existing} is there already and stays as it is. Edit it, or write it anew: ccmux init --force`,
        { exitCode: EXIT.failure },
      );
    }
  }

  const choices = asking ? await ask(rows, found) : chosenByKeys(found);
  if (!choices) {
    process.stderr.write('ccmux: nothing was written.\n');
    return EXIT.failure;
  }
  const { jsonSchema } = await import('../config/file-schema.ts');
  await writePrivateFile(path.join(folder, SCHEMA_FILE), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
  await writePrivateFile(file, configText(choices, rows));
  process.stdout.write(`Written: ${file}\n${missingKeys(choices, rows)}Start with: ccmux claude\n`);
  return 0;
}

/** Nobody asked: those whose keys are there. With none there, an order of Claude alone would keep out later ones. */
function chosenByKeys(found: readonly string[]): Choices {
  return found.length === 0 ? { switchBack: 'turn' } : { order: ['claude', ...found], switchBack: 'turn' };
}

/** Beside the configuration, so that an editor finds it without a network, and it fits the ccmux that wrote it. */
const SCHEMA_FILE = 'config.schema.json';

/** The file that `init` writes: the choices, and what else there is as comments. */
export function configText({ order, switchBack }: Choices, rows: readonly Row[]): string {
  const labels = (order ?? []).map((id) => rows.find((row) => row.id === id)?.label ?? id).join(', then ');
  const who = order
    ? `# Who answers: ${labels}. A conversation goes to nobody who is not named here.\norder: [${order.join(', ')}]`
    : '# Who answers. Without an order: Claude, then every provider whose key is in the environment.\n# order: [claude, gemini]';
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
# Settings of ccmux. What each can be: ccmux config schema. What is in force, and why: ccmux config show

${who}

# ${sentence(SETTINGS.switchBack.meaning)}
${Object.entries(SWITCH_BACK.meanings)
  .map(([value, meaning]) => `#   ${value.padEnd(9)}  ${meaning}`)
  .join('\n')}
switchBack: ${switchBack}

# All other settings, with their defaults or an example:
${settingsTemplate(['order', 'switchBack'])}

# What differs from the catalogue (ccmux providers), and providers of your own:
# providers:
#   gemini:
#     apiKey: \${GEMINI_API_KEY}
#   local:
#     kind: openai-compatible
#     baseUrl: http://127.0.0.1:11434/v1
#     models: { default: qwen3-coder }
#     contextWindow: 131072
`;
}

/** One line for each chosen provider that has no key yet. */
function missingKeys({ order = [] }: Choices, rows: readonly Row[]): string {
  return rows
    .filter(({ id, keyVariables }) => order.includes(id) && id !== 'claude' && keyVariables.length > 0)
    .filter(({ keyVariables }) => !keyVariables.some((variable) => process.env[variable]?.trim()))
    .map(({ label, keyVariables }) => `${label} needs a key: set ${keyVariables.join(' or ')}\n`)
    .join('');
}

async function mayOverwrite(file: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message: `${file} is there already. Write it anew?`, initialValue: false })) === true;
}

/** @returns undefined when the user left with Ctrl-C or Esc. */
async function ask(rows: readonly Row[], found: readonly string[]): Promise<Choices | undefined> {
  const { intro, isCancel, multiselect, note, outro, select } = await import('@clack/prompts');
  intro('ccmux: who answers when Claude cannot?');
  const others = rows.filter(({ id }) => id !== 'claude');
  const hint = ({ id, keyVariables }: Row) =>
    found.includes(id) ? 'key found' : keyVariables.length === 0 ? 'needs no key' : `needs ${keyVariables[0]}`;
  const chosen = await multiselect({
    message: 'Providers behind Claude (space chooses, enter goes on)',
    options: [...others]
      .sort((a, b) => Number(found.includes(b.id)) - Number(found.includes(a.id)))
      .map((row) => ({ value: row.id, label: row.label, hint: hint(row) })),
    initialValues: [...found],
    required: false,
    maxItems: 12,
  });
  if (isCancel(chosen)) return undefined;

  const label = (id: string | undefined) => rows.find((row) => row.id === id)?.label ?? id ?? '';
  const order: string[] = [];
  let left = ['claude', ...chosen];
  while (left.length > 1) {
    const next = await select({
      message: order.length === 0 ? 'Who answers first?' : `And after ${label(order.at(-1))}?`,
      options: left.map((id) => ({ value: id, label: label(id) })),
    });
    if (isCancel(next)) return undefined;
    order.push(next);
    left = left.filter((id) => id !== next);
  }
  order.push(...left);

  const switchBack = await select({
    message: `When ${label(order[0])} can answer again, go back`,
    options: SWITCH_BACK.names.map((value) => ({ value, label: SWITCH_BACK.meanings[value] })),
  });
  if (isCancel(switchBack)) return undefined;
  note(order.map(label).join(' → '), 'The order');
  outro('Done.');
  return { order, switchBack };
}
