import { isOnThisMachine } from './embedding.ts';
import schema from './schema.json' with { type: 'json' };
import { isAddress } from './shared-address.ts';
import { isFolder } from './stores.ts';

/** A part of the published JSON Schema, in the keywords that it has (a test holds that there are no others). */
type Node = {
  anyOf?: Node[];
  const?: unknown;
  enum?: unknown[];
  type?: string;
  minLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  items?: Node;
  properties?: Record<string, Node>;
  required?: string[];
  propertyNames?: Node;
  additionalProperties?: boolean | Node;
};

/** What a JSON Schema cannot say of a text, by its place. */
export const UNSAID: Readonly<Record<string, (text: string) => boolean>> = {
  'memory.mem0': isFolder,
  'memory.chroma': isOnThisMachine,
  'embedding.url': isOnThisMachine,
  shared: isAddress,
};

/**
 * Whether a file's content has no mistake, by the published JSON Schema, which follows from zod's. To load zod and to
 * build its schema takes 60 ms and 8 MB, so that is left to a file with a mistake, which zod has the words for. Wherever
 * this is in doubt it says no, and zod decides.
 */
export function isValid(content: unknown): content is Record<string, unknown> {
  return matches(content, schema, '');
}

function matches(value: unknown, node: Node, place: string): boolean {
  if (node.anyOf) return node.anyOf.some((one) => matches(value, one, place));
  if (node.const !== undefined) return value === node.const;
  if (node.enum && !node.enum.includes(value)) return false;
  switch (node.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && isText(value, node) && UNSAID[place]?.(value) !== false;
    case 'integer':
      return Number.isInteger(value) && isAmount(value as number, node);
    case 'number':
      return Number.isFinite(value) && isAmount(value as number, node);
    case 'array':
      return Array.isArray(value) && isList(value, node, place);
    case 'object':
      return isPlain(value) && isMapping(value, node, place);
    default:
      return false;
  }
}

function isText(text: string, { minLength = 0, pattern }: Node): boolean {
  return text.length >= minLength && (pattern === undefined || new RegExp(pattern).test(text));
}

function isAmount(amount: number, { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity }: Node) {
  return amount >= minimum && amount <= maximum && amount > exclusiveMinimum;
}

function isList(list: readonly unknown[], { minItems = 0, items = {} }: Node, place: string): boolean {
  return list.length >= minItems && list.every((one) => matches(one, items, place));
}

function isMapping(mapping: Record<string, unknown>, node: Node, place: string): boolean {
  const { properties = {}, required = [], propertyNames, additionalProperties } = node;
  const inner = (name: string) => (place === '' ? name : `${place}.${name}`);
  return (
    required.every((name) => Object.hasOwn(mapping, name)) &&
    Object.entries(mapping).every(([name, value]) => {
      if (Object.hasOwn(properties, name)) return matches(value, properties[name]!, inner(name));
      if (typeof additionalProperties !== 'object' || propertyNames === undefined) return false;
      return matches(name, propertyNames, '') && matches(value, additionalProperties, inner(name));
    })
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
