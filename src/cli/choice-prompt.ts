import { styleText } from 'node:util';
import { isAccessible, MultiSelectPrompt, type CANCEL_SYMBOL } from '@clack/core';
import { limitOptions, multiselect, S_CHECKBOX_INACTIVE, S_CHECKBOX_SELECTED } from '@clack/prompts';
import { framed } from './prompt-frame.ts';

/** `facts` stand in columns beside the label. */
type Item = { value: string; label: string; facts: string };

/** Rows that the message and the keys take. */
const FRAME_ROWS = 6;

/** A list with columns, of which the user chooses some: `multiselect` of `@clack/prompts` knows no columns. */
export async function askChoice(
  message: string,
  items: readonly Item[],
  initialValues: readonly string[],
): Promise<string[] | typeof CANCEL_SYMBOL> {
  if (isAccessible()) {
    const options = items.map(({ value, label, facts }) => ({ value, label: `${label}, ${facts}` }));
    return multiselect({ message, options, initialValues: [...initialValues], required: false });
  }
  const width = Math.max(...items.map(({ label }) => label.length));
  const prompt = new MultiSelectPrompt<Item>({
    options: items,
    initialValues,
    required: false,
    render() {
      const chosen = new Set(this.value);
      const line = ({ value, label, facts }: Item, isActive: boolean): string => {
        const box = chosen.has(value) ? styleText('green', S_CHECKBOX_SELECTED) : S_CHECKBOX_INACTIVE;
        const text = `${label.padEnd(width)}  ${facts}`;
        return `${isActive ? styleText('cyan', '›') : ' '} ${box} ${isActive ? text : styleText('dim', text)}`;
      };
      return framed(this, {
        message,
        lines: () => limitOptions({ cursor: this.cursor, options: this.options, style: line, rowPadding: FRAME_ROWS }),
        keys: ['↑/↓ to navigate', 'Space: choose', 'Enter: confirm'],
        chosen:
          items
            .filter(({ value }) => chosen.has(value))
            .map(({ label }) => label)
            .join(', ') || 'nobody',
      });
    },
  });
  return (await prompt.prompt()) ?? [];
}
