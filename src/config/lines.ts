import { isAlias, isMap, isSeq, LineCounter, parseDocument, type Node, type Pair } from 'yaml';

// Loaded only when a mistake is told: reading a file does not need to know its lines.

/**
 * The line of a setting in a file, counted from 1: the line of its name, or of a list's member. JSON is YAML too.
 * @returns undefined for the file as a whole. For what is not there: the line of what would hold it.
 */
export function createLines(text: string): (place: readonly PropertyKey[]) => number | undefined {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: false, logLevel: 'silent' });
  return (place) => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const key of place) {
      const holder = isAlias(node) ? node.resolve(document) : node;
      const pair = isMap(holder) ? holder.items.find((one) => nameOf(one) === String(key)) : undefined;
      const member = isSeq(holder) ? holder.items[Number(key)] : undefined;
      node = pair?.value ?? member;
      offset = ((pair?.key ?? member) as Node | undefined)?.range?.[0] ?? offset;
    }
    return offset === undefined ? undefined : lineCounter.linePos(offset).line;
  };
}

function nameOf({ key }: Pair): string {
  return String((key as { value?: unknown }).value);
}
