import { isRecord } from '../ground/check.ts';
import { inlineRefs, mapSubschemas } from './schema-refs.ts';

type Schema = Record<string, unknown>;

/**
 * A tool's input schema as the target accepts it: an object schema with the usual faults of MCP servers repaired, so
 * that one tool cannot make a provider unusable.
 * @param references false if none may stay. Gemini allows beside a `$ref` only keys that begin with `$`, and cycles
 *   only in optional properties (ai.google.dev, `responseJsonSchema`); pydantic and FastMCP write both.
 */
export function cleanSchema(schema: Schema | undefined, references = true): Schema {
  if (!isRecord(schema)) return { type: 'object', properties: {} };
  // Every host wants an object at the top.
  const whole = !references || typeof schema['$ref'] === 'string' ? inlineRefs(schema) : schema;
  const { $id: _id, ...clean } = repair(whole) as Schema;
  return { ...clean, type: 'object', properties: isRecord(clean['properties']) ? clean['properties'] : {} };
}

/** Arrays without items, nested `$schema`. */
function repair(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const { $schema: _draft, ...rest } = mapSubschemas(schema, repair);
  // Gemini: 400 "items: missing field"; OpenAI: 400 "array schema missing items".
  if (typesOf(rest).includes('array') && rest['items'] === undefined && rest['prefixItems'] === undefined)
    return { ...rest, items: {} };
  return rest;
}

/**
 * The minimal form of a schema, for a host that refused more: types, properties, items, enums and descriptions, without
 * references, alternatives and limits.
 */
export function plainSchema(schema: Schema): Schema {
  return { properties: {}, ...plain(inlineRefs(schema)), type: 'object' };
}

function plain(schema: unknown): Schema {
  if (!isRecord(schema)) return {};
  const merged = withoutAlternatives(schema);
  const { description, properties, items, required } = merged;
  const type = typesOf(merged).find((name) => name !== 'null') ?? (isRecord(properties) ? 'object' : undefined);
  const values = Array.isArray(merged['enum']) ? merged['enum'] : 'const' in merged ? [merged['const']] : [];
  const named = isRecord(properties)
    ? Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, plain(value)]))
    : undefined;
  return {
    ...(type !== undefined && { type }),
    ...(typeof description === 'string' && { description }),
    ...(type === 'string' &&
      values.length > 0 &&
      values.every((value) => typeof value === 'string') && { enum: values }),
    ...(type === 'array' && { items: isRecord(items) ? plain(items) : { type: 'string' } }),
    ...(type === 'object' && { properties: named ?? {} }),
    ...(named &&
      Array.isArray(required) && { required: required.filter((name) => Object.hasOwn(named, String(name))) }),
  };
}

/** `allOf` joined, and of `anyOf` and `oneOf` the first that is more than null. */
function withoutAlternatives(schema: Schema): Schema {
  const { allOf, anyOf, oneOf, ...own } = schema;
  const all = Array.isArray(allOf) ? allOf.filter(isRecord) : [];
  const options = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isRecord) : []));
  const chosen = options.find((option) => !(typesOf(option).length === 1 && typesOf(option)[0] === 'null'));
  if (all.length === 0 && chosen === undefined) return own;
  const parts = [...all, ...(chosen ? [chosen] : [])].map(withoutAlternatives);
  const properties = Object.assign(
    {},
    ...[...parts, own].map((part) => (isRecord(part['properties']) ? part['properties'] : {})),
  );
  return { ...Object.assign({}, ...parts), ...own, ...(Object.keys(properties).length > 0 && { properties }) };
}

function typesOf({ type }: Schema): string[] {
  return (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
}
