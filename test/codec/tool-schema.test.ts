import { describe, expect, it } from 'vitest';
import { cleanSchema, plainSchema } from '../../src/codec/tool-schema.ts';

type Schema = Record<string, unknown>;
const object = (properties: Schema, more: Schema = {}) => ({ type: 'object', properties, ...more });
const node = object({ child: { $ref: '#/$defs/N' } }, { required: ['child'] });

describe('a schema with its references in it', () => {
  const rows: [string, Schema, Schema][] = [
    [
      'neighbours of a reference win',
      object(
        { a: { $ref: '#/$defs/A', title: 'A', description: 'mine' } },
        { $defs: { A: { type: 'string', description: 'its' } } },
      ),
      object({ a: { type: 'string', title: 'A', description: 'mine' } }),
    ],
    [
      'a reference to a reference',
      object({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { $ref: '#/$defs/B', title: 'A' }, B: { type: 'integer' } } }),
      object({ a: { type: 'integer', title: 'A' } }),
    ],
    [
      'a required cycle is left open',
      object({ n: { $ref: '#/$defs/N' } }, { required: ['n'], $defs: { N: node } }),
      object({ n: object({ child: { type: 'object' } }, { required: ['child'] }) }, { required: ['n'] }),
    ],
    [
      'a cycle of two',
      object(
        { a: { $ref: '#/$defs/A' } },
        { $defs: { A: object({ b: { $ref: '#/$defs/B' } }), B: object({ a: { $ref: '#/$defs/A' } }) } },
      ),
      object({ a: object({ b: object({ a: { type: 'object' } }) }) }),
    ],
    ['the whole document', object({ again: { $ref: '#' } }), object({ again: { type: 'object' } })],
    [
      'a reference to itself',
      object({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { $ref: '#/$defs/A' } } }),
      object({ a: {} }),
    ],
    [
      'older definitions',
      object({ a: { $ref: '#/definitions/A' } }, { definitions: { A: { type: 'array' } } }),
      object({ a: { type: 'array', items: {} } }),
    ],
    [
      'inside lists',
      object({ a: { anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }] } }, { $defs: { A: { type: 'boolean' } } }),
      object({ a: { anyOf: [{ type: 'boolean' }, { type: 'null' }] } }),
    ],
    [
      'odd names',
      object({ a: { $ref: '#/$defs/x~1y%20z' } }, { $defs: { 'x/y z': { type: 'string' } } }),
      object({ a: { type: 'string' } }),
    ],
    [
      'to nowhere, and out of the document',
      object({ a: { $ref: '#/$defs/X', title: 'X' }, b: { $ref: 'https://example.com/s.json' } }),
      object({ a: { title: 'X' }, b: {} }),
    ],
    ['a property that is called $ref', object({ $ref: { type: 'string' } }), object({ $ref: { type: 'string' } })],
    [
      'data that looks like a reference',
      object({ a: { type: 'object', default: { $ref: '#/$defs/A' } } }),
      object({ a: { type: 'object', default: { $ref: '#/$defs/A' } } }),
    ],
  ];
  it.each(rows)('%s', (_name, schema, wanted) => {
    expect(cleanSchema(schema, false)).toEqual(wanted);
  });

  it('does not grow without end', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `D${n}`,
        object({ a: { $ref: `#/$defs/D${n + 1}` }, b: { $ref: `#/$defs/D${n + 1}` } }),
      ]),
    );
    expect(JSON.stringify(cleanSchema(object({ d: { $ref: '#/$defs/D0' } }, { $defs }), false)).length).toBeLessThan(
      2e6,
    );
  });
});

describe('a schema that keeps its references', () => {
  it('is repaired in its definitions, too', () => {
    const schema = object(
      { a: { $ref: '#/$defs/A' }, l: { type: ['array', 'null'] }, t: { type: 'array', prefixItems: [{}] } },
      { $defs: { A: { type: 'array' }, S: { $schema: 'x', type: 'string', enum: [{ $schema: 1 }] } } },
    );
    expect(cleanSchema(schema)).toEqual(
      object(
        {
          a: { $ref: '#/$defs/A' },
          l: { type: ['array', 'null'], items: {} },
          t: { type: 'array', prefixItems: [{}] },
        },
        { $defs: { A: { type: 'array', items: {} }, S: { type: 'string', enum: [{ $schema: 1 }] } } },
      ),
    );
  });

  it('shows its object at the top', () => {
    const schema = { $ref: '#/$defs/A', $defs: { A: object({ x: { type: 'string' } }, { required: ['x'] }) } };
    expect(cleanSchema(schema)).toEqual(object({ x: { type: 'string' } }, { required: ['x'] }));
  });

  it.each([undefined, null, [], 'x', {}, { type: 'string' }])('%j is an object schema', (schema) =>
    expect(cleanSchema(schema as never)).toEqual({ type: 'object', properties: {} }),
  );
});

it.each([
  [
    object({ a: { type: ['string', 'null'], format: 'uri', pattern: '^h', description: 'd' } }),
    object({ a: { type: 'string', description: 'd' } }),
  ],
  [
    object({ a: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 1 }] } }, { additionalProperties: false }),
    object({ a: { type: 'integer' } }),
  ],
  [
    object({ a: { allOf: [object({ x: { type: 'string' } }), object({ y: { const: 'k', type: 'string' } })] } }),
    object({ a: object({ x: { type: 'string' }, y: { type: 'string', enum: ['k'] } }) }),
  ],
  [
    object({ a: { type: 'array' } }, { required: ['a', 'gone'] }),
    object({ a: { type: 'array', items: { type: 'string' } } }, { required: ['a'] }),
  ],
  [
    object({ n: { $ref: '#/$defs/N' } }, { $defs: { N: node } }),
    object({ n: object({ child: object({}) }, { required: ['child'] }) }),
  ],
])('the least of %j', (schema, wanted) => {
  expect(plainSchema(schema)).toEqual(wanted);
});
