import { styleText } from 'node:util';
import { isAccessible, Prompt, type CANCEL_SYMBOL } from '@clack/core';
import { text } from '@clack/prompts';
import { framed } from './prompt-frame.ts';

type Item = { value: string; label: string };

type Cancelled = typeof CANCEL_SYMBOL;

/**
 * One list, which the user puts in order: space picks up what the cursor is on, and puts it down again.
 * Looks like the questions of `@clack/prompts`, which has none of this kind. For screen readers it is a line of text.
 */
export async function askOrder(message: string, items: readonly Item[]): Promise<string[] | Cancelled> {
  if (isAccessible()) return askInWords(message, items);
  return (await new OrderPrompt(message, items).prompt()) ?? valuesOf(items);
}

class OrderPrompt extends Prompt<string[]> {
  readonly items: Item[];
  cursor = 0;
  isHeld = false;

  constructor(message: string, items: readonly Item[]) {
    super({ render: () => this.draw(message) }, false);
    this.items = [...items];
    this.value = valuesOf(this.items);
    this.on('cursor', (action) => {
      if (action === 'space') this.isHeld = !this.isHeld;
      else if (action === 'up' || action === 'left') this.go(-1);
      else if (action === 'down' || action === 'right') this.go(1);
    });
  }

  private go(step: number): void {
    const to = this.cursor + step;
    if (to < 0 || to >= this.items.length) return;
    if (this.isHeld) {
      const [held] = this.items.splice(this.cursor, 1);
      this.items.splice(to, 0, held!);
      this.value = valuesOf(this.items);
    }
    this.cursor = to;
  }

  private draw(message: string): string {
    return framed(this, {
      message,
      lines: () => this.items.map((item, index) => this.line(item, index)),
      keys: [
        this.isHeld ? '↑/↓ to move it' : '↑/↓ to navigate',
        `Space: ${this.isHeld ? 'put down' : 'pick up'}`,
        'Enter: confirm',
      ],
      chosen: this.items.map(({ label }) => label).join(' → '),
    });
  }

  private line({ label }: Item, index: number): string {
    const number = `${index + 1}.`;
    if (index !== this.cursor) return styleText('dim', `  ${number} ${label}`);
    return this.isHeld
      ? styleText(['cyan', 'bold'], `↕ ${number} ${label}`)
      : `${styleText('green', '›')} ${number} ${label}`;
  }
}

function valuesOf(items: readonly Item[]): string[] {
  return items.map(({ value }) => value);
}

async function askInWords(message: string, items: readonly Item[]): Promise<string[] | Cancelled> {
  const all = valuesOf(items);
  const split = (line = '') => line.split(/[\s,]+/).filter(Boolean);
  const answer = await text({
    message: `${message}, with commas between`,
    initialValue: all.join(', '),
    validate(line) {
      const named = split(line);
      const isWhole = named.length === all.length && all.every((value) => named.includes(value));
      return isWhole ? undefined : `Name each of these once: ${all.join(', ')}`;
    },
  });
  return typeof answer === 'string' ? split(answer) : answer;
}
