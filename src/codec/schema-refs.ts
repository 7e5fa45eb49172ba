import { isRecord } from '../ground/check.ts';

type Schema = Record<string, unknown>;

/** Keywords whose value is a map from names to schemas: a property may well be called `$ref`. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** Keywords whose value is data, even if it looks like a schema. */
const DATA = new Set(['default', 'enum', 'const', 'examples', 'example', 'required']);

/** Maps the schemas inside a schema, and nothing that only looks like one. */
export function mapSubschemas(schema: Schema, map: (subschema: unknown) => unknown): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (DATA.has(key)) return [key, value];
      if (MAPS.has(key)) return [key, isRecord(value) ? mapValues(value, map) : {}];
      return [key, Array.isArray(value) ? value.map(map) : isRecord(value) ? map(value) : value];
    }),
  );
}

function mapValues(object: Schema, map: (value: unknown) => unknown): Schema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

/** The most schemas that one tool may expand to: definitions that use each other twice would grow exponentially. */
const MOST_SCHEMAS = 5_000;

/**
 * A schema with every reference replaced by what it points to; keywords beside a reference stay and win. Where a
 * definition refers to itself, and where a reference leads out of the document, the schema is left open.
 * The libraries for this drop the keywords beside a reference, build circular objects, or can only do it
 * asynchronously, with a reader for files and the net.
 */
export function inlineRefs(root: Schema): Schema {
  let left = MOST_SCHEMAS;

  function inline(node: unknown, trail: readonly string[]): unknown {
    if (!isRecord(node)) return node;
    left--;
    const { $ref: ref, ...beside } = node;
    if (typeof ref !== 'string') return withoutDefinitions(mapSubschemas(node, (inner) => inline(inner, trail)));
    const target = resolve(root, ref);
    if (!isRecord(target)) return inline(beside, trail);
    if (trail.includes(ref) || left <= 0) return withoutDefinitions({ ...opened(target), ...opened(beside) });
    return inline({ ...target, ...beside }, [...trail, ref]);
  }

  return inline(root, ['#']) as Schema;
}

function withoutDefinitions({ $defs: _defs, definitions: _definitions, ...schema }: Schema): Schema {
  return schema;
}

/** What is known of a value without resolving it. */
function opened({ type, description, title }: Schema): Schema {
  return {
    ...(type !== undefined && { type }),
    ...(description !== undefined && { description }),
    ...(title !== undefined && { title }),
  };
}

/** The target of a JSON pointer inside the document (RFC 6901). */
function resolve(root: Schema, ref: string): unknown {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const step of ref.slice(2).split('/')) {
    const key = decode(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
  }
  return at;
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
