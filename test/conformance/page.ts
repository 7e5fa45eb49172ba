import { tableOf, type Cell } from './table.ts';

type Cells = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

/** What each kind of loss means to a reader; a kind that is missing here fails the page's test. */
const MEANINGS: Record<string, string> = {
  block: 'A block of a kind that the wire does not know is left out.',
  effort: 'The wish for an effort becomes the nearest that the host knows, or is left out.',
  image: 'An image becomes a note, because the model sees none.',
  max_tokens: 'The answer ended at the cap of the model, which is below what Claude Code asked for.',
  output_format: 'A host that refuses an answer format is asked again without it.',
  pdf: 'A PDF becomes a note, because the host reads none.',
  refusal: 'A refusal is told as text, because a `refusal` would look like Claude’s own.',
  signature: 'Tool calls of other models go without the signature that this host gives its own.',
  tools: 'More tools than the host takes: the least needed are left out.',
};

/** `test/conformance/README.md`, from what came of the suite. */
export function pageOf(cells: Cells, scenarios: readonly string[]): string {
  return `# Conformance

Written by \`npm run conformance\`, from what came of the suite: do not edit it. A test fails when it is out of date.

Every provider of the catalogue goes through the same scenarios, with its host simulated on loopback: in the host's own wire
and its documented or recorded quirks, as strict as the host itself. No real host was asked.

## What is lost where

ccmux says each loss in the report and on the live page. Claude's signed thinking, its cache marks and the account's metadata
never leave Claude, which is not said each time (what can be read of the thinking goes in a note of its own). Nothing else is
lost in any scenario.

| what | in which scenarios | at which providers |
|---|---|---|
${lossRows(cells, scenarios).join('\n')}

## Provider by scenario

\`\`\`
${tableOf(cells, scenarios)}
\`\`\`
`;
}

function lossRows(cells: Cells, scenarios: readonly string[]): string[] {
  const kinds = new Map<string, { names: Set<string>; ids: Set<string> }>();
  for (const [id, row] of cells) {
    for (const name of scenarios) {
      const cell = row.get(name);
      if (cell?.mark !== 'pass') continue;
      for (const kind of cell.losses) {
        const places = kinds.get(kind) ?? { names: new Set(), ids: new Set() };
        kinds.set(kind, { names: places.names.add(name), ids: places.ids.add(id) });
      }
    }
  }
  return [...kinds.keys()].toSorted().map((kind) => {
    const { names, ids } = kinds.get(kind)!;
    return `| ${MEANINGS[kind] ?? `**${kind}: say in page.ts what it means**`} | ${inOrder(names, scenarios)} | ${idsText(ids, cells)} |`;
  });
}

function inOrder(names: ReadonlySet<string>, scenarios: readonly string[]): string {
  return scenarios.filter((name) => names.has(name)).join(', ');
}

/** Where nearly all are meant, those that are not. */
function idsText(ids: ReadonlySet<string>, cells: Cells): string {
  const answering = [...cells].filter(([, row]) => row.get('text')?.mark === 'pass');
  const others = answering.map(([id]) => id).filter((id) => !ids.has(id));
  return others.length <= 4 ? `all but ${others.join(', ')}` : [...ids].join(', ');
}
