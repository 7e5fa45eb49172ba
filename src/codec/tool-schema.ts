import { isRecord } from './json.ts';

/** A tool's input schema as every host accepts it: an object schema, without the keys that only confuse. */
export function cleanSchema(schema: Record<string, unknown> | undefined): Record<string, unknown> {
  if (schema === undefined || schema === null) return { type: 'object', properties: {} };
  const { $schema: _draft, $id: _id, ...rest } = schema;
  const properties = isRecord(rest['properties']) ? rest['properties'] : {};
  return { ...rest, type: 'object', properties: mapValues(properties, cleanNested) };
}

/** Repairs what MCP servers get wrong and hosts reject: arrays without items, `$schema` in the depths. */
function cleanNested(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(cleanNested);
  if (!isRecord(schema)) return schema;
  const { $schema: _draft, ...rest } = schema;
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'properties' || key === '$defs' || key === 'definitions' || key === 'patternProperties')
      clean[key] = isRecord(value) ? mapValues(value, cleanNested) : {};
    // Data, not schemas: a `$schema` in here is a value that the tool wants.
    else if (key === 'default' || key === 'enum' || key === 'const' || key === 'examples') clean[key] = value;
    else clean[key] = cleanNested(value);
  }
  // Gemini: 400 "items: missing field".
  if (clean['type'] === 'array' && clean['items'] === undefined && clean['prefixItems'] === undefined)
    clean['items'] = {};
  return clean;
}

function mapValues(object: Record<string, unknown>, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
