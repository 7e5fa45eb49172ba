import type { SwitchBack } from '../failover/steering.ts';
import { SETTINGS, SWITCH_BACK } from '../config/settings.ts';
import { sentence } from '../config/shapes.ts';
import { settingsTemplate } from '../config/template.ts';

/** Beside the configuration, so that an editor finds it offline and it matches this ccmux. */
export const SCHEMA_FILE = 'config.schema.json';

/** The file that `init` writes: the choices, and all other settings as comments. */
export function configText(
  { order, switchBack }: { order?: readonly string[]; switchBack: SwitchBack },
  labelOf: (id: string) => string,
): string {
  const labels = (order ?? []).map(labelOf).join(', then ');
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
