import { isDeepStrictEqual } from 'node:util';
import {
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { leavesOf, treeOf, type Leaf } from './leaves.ts';

// Loaded only when a file is changed.

/** A setting's new value. Undefined: it is removed. */
export type Change = Leaf;

/**
 * The text of a configuration file with some settings changed, and comments, order, blank lines and the ends of lines kept.
 * @param name of the file, which says whether it is JSON; everything else is YAML.
 */
export function changedText(name: string, text: string, changes: readonly Change[]): string {
  const leaves = changes.flatMap((change) =>
    change.value === undefined ? [change] : leavesOf(change.value, change.path),
  );
  let changed = text.replaceAll('\r\n', '\n');
  for (const leaf of leaves) changed = name.endsWith('.json') ? changeJson(changed, leaf) : changeYaml(changed, leaf);
  return text.includes('\r\n') ? changed.replaceAll('\n', '\r\n') : changed;
}

function changeJson(text: string, { path, value }: Change): string {
  const indent = /^[ \t]+/m.exec(text)?.[0] ?? '  ';
  return `${JSON.stringify(changedTree(JSON.parse(text), path, value), null, indent)}\n`;
}

/**
 * Changes as little of the text as possible, so that the formatting stays. If that does not give the wanted settings, the
 * whole document is written again, with its comments.
 */
function changeYaml(text: string, { path, value }: Change): string {
  const document = parseDocument(text);
  const wanted = changedTree(document.toJS(), path, value);
  const old = document.getIn(path, true);
  if (value === undefined && old === undefined) return text;
  const touched =
    value === undefined
      ? removed(text, document, path)
      : old === undefined
        ? added(text, document, path, value)
        : replaced(text, old, value);
  if (touched !== undefined && parsesTo(touched, wanted)) return touched;
  if (value === undefined) takeOut(document, path);
  else setIn(document, path, value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: text.includes('{ ') });
}

/** Replaces an existing value. */
function replaced(text: string, old: unknown, value: unknown): string | undefined {
  const range = (old as Node | undefined)?.range;
  if (!range || !(isScalar(old) || (isSeq(old) && old.flow === true))) return undefined;
  return text.slice(0, range[0]) + inline(value) + text.slice(range[1]);
}

/** With a new line, or some, below the last one of the mapping that holds it; inside braces behind its last member. */
function added(text: string, document: Document, path: readonly string[], value: unknown): string | undefined {
  let depth = path.length - 1;
  while (depth > 0 && !isMap(document.getIn(path.slice(0, depth)))) depth--;
  const holder = mappingAt(document, path.slice(0, depth));
  const first = (holder?.items[0]?.key as Node | undefined)?.range?.[0] ?? 0;
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  if (holder?.flow === true) return addedInBraces(text, holder, treeOf([{ path: path.slice(depth), value }]));
  if (indent.trim() !== '') return undefined;
  const lines = path.slice(depth).map((name, index) => `${indent}${'  '.repeat(index)}${name}:`);
  const last = holder?.items.at(-1);
  const end = last ? lineEnd(text, last) : text.length;
  const gap = end === 0 || text[end - 1] === '\n' ? '' : '\n';
  return `${text.slice(0, end)}${gap}${lines.join('\n')} ${inline(value)}\n${text.slice(end)}`;
}

function addedInBraces(text: string, holder: YAMLMap, added: Record<string, unknown>): string | undefined {
  const end = (holder.items.at(-1)?.value as Node | undefined)?.range?.[1];
  if (end === undefined) return undefined;
  const members = Object.entries(added).map(([name, value]) => `, ${name}: ${inline(value)}`);
  return text.slice(0, end) + members.join('') + text.slice(end);
}

/** Removes its lines, and those of a mapping that would be empty. */
function removed(text: string, document: Document, path: readonly string[]): string | undefined {
  const holder = mappingAt(document, path.slice(0, -1));
  if (holder?.items.length === 1 && path.length > 1) return removed(text, document, path.slice(0, -1));
  const pair = holder?.items.find(({ key }) => String(key) === path.at(-1));
  const start = (pair?.key as Node | undefined)?.range?.[0];
  if (pair === undefined || start === undefined) return undefined;
  return text.slice(0, text.lastIndexOf('\n', start) + 1) + text.slice(lineEnd(text, pair));
}

function mappingAt(document: Document, path: readonly string[]): YAMLMap | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path);
  return isMap(node) ? node : undefined;
}

/** Behind the line on which a setting ends. */
function lineEnd(text: string, { key, value }: Pair): number {
  const end = ((value ?? key) as Node).range?.[1] ?? text.length;
  const newline = text.indexOf('\n', Math.max(end - 1, 0));
  return newline === -1 ? text.length : newline + 1;
}

function parsesTo(text: string, wanted: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), wanted);
}

/** On one line: `[claude, gemini]`. */
function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}

/** The remaining members of a list keep their comments. */
function setIn(document: Document, path: readonly string[], value: unknown): void {
  const old = document.getIn(path, true);
  if (isSeq(old) && Array.isArray(value)) {
    const kept = (member: unknown) => old.items.find((item) => isScalar(item) && item.value === member);
    old.items = value.map((member) => kept(member) ?? document.createNode(member));
  } else document.setIn(path, value instanceof Object ? document.createNode(value, { flow: true }) : value);
}

/** An empty mapping is removed as well. */
function takeOut(document: Document, path: readonly string[]): void {
  document.deleteIn(path);
  const holder = path.slice(0, -1);
  const left = document.getIn(holder);
  if (holder.length > 0 && isMap(left) && left.items.length === 0) takeOut(document, holder);
}

function changedTree(tree: unknown, [name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const { [name]: old, ...others } = Object(tree) as Record<string, unknown>;
  const changed = rest.length === 0 ? value : changedTree(old, rest, value);
  const isGone = changed === undefined || (value === undefined && Object.keys(Object(changed) as object).length === 0);
  // A name that is there keeps its place.
  return isGone ? others : { ...(Object(tree) as object), [name]: changed };
}
