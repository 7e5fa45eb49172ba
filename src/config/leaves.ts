/** One setting and its place: scalars and lists are leaves, mappings are branches. */
export type Leaf = { path: string[]; value: unknown };

/** Takes a tree of settings apart. */
export function leavesOf(tree: unknown, path: string[] = []): Leaf[] {
  if (tree === undefined) return [];
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return [{ path, value: tree }];
  return Object.entries(tree).flatMap(([key, value]) => leavesOf(value, [...path, key]));
}

/** Puts leaves together again; a later leaf replaces an earlier one at the same place. */
export function treeOf(leaves: Iterable<Leaf>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { path, value } of leaves) {
    let branch = tree;
    for (const key of path.slice(0, -1)) branch = (branch[key] ??= {}) as Record<string, unknown>;
    branch[path.at(-1) ?? ''] = value;
  }
  return tree;
}

/** @param path a place in a tree; nothing is there: undefined. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], tree);
}
