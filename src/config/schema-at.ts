import { jsonSchema } from './file-schema.ts';

type Node = {
  type?: string;
  properties?: Record<string, Node>;
  additionalProperties?: Node;
  items?: Node;
  anyOf?: Node[];
};

let root: Node | undefined;

/** The valid values at a place of a file, from the JSON Schema, which is simpler to walk than zod's objects. */
export function schemaAt(place: readonly PropertyKey[]): Node | undefined {
  root ??= jsonSchema() as Node;
  let node: Node | undefined = root;
  for (const key of place) {
    node = node?.properties?.[String(key)] ?? node?.additionalProperties ?? node?.items;
    node = node?.anyOf?.find(({ properties }) => properties) ?? node;
  }
  return node;
}
