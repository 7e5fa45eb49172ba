import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { fileSchema } from '../../src/config/file-schema.ts';
import { isValid, UNSAID } from '../../src/config/valid.ts';
import schema from '../../src/config/schema.json' with { type: 'json' };

type Node = { [keyword: string]: unknown; enum?: unknown[]; anyOf?: Node[]; items?: Node; properties?: object };
type Place = readonly (string | number)[];

/** Every place of a file, with the part of the schema that holds there; a list's is its first member. */
function placesOf(node: Node, place: Place = []): { place: Place; node: Node }[] {
  const inner: [string | number, Node][] = [
    ...Object.entries((node.properties ?? {}) as Record<string, Node>),
    ...(typeof node['additionalProperties'] === 'object'
      ? [['own', node['additionalProperties']] as [string, Node]]
      : []),
    ...(node.items ? [[0, node.items] as [number, Node]] : []),
  ];
  return [
    { place, node },
    ...(node.anyOf ?? []).flatMap((one) => placesOf(one, place)),
    ...inner.flatMap(([key, one]) => placesOf(one, [...place, key])),
  ];
}

/** What must be there for the rest of its mapping to count. */
const BASE = {
  handoff: [{ when: {}, then: 'hold' }],
  routes: [{ when: {}, order: ['claude'] }],
  embedding: { url: 'http://127.0.0.1:11434/v1', model: 'm' },
  providers: { own: { price: { input: 1, output: 1 } } },
};

const AMOUNTS = [0, -1, 1, 7, 0.5, 1e20, Number.NaN, Infinity];
const TEXTS = [
  '| |x|X|X-Team|1x|claude|off|0|60s|60 s|x\n60s|1.5m|90%|101%|<8k|8k|22:00-06:00|24:00-06:00|long|self-contained'.split(
    '|',
  ),
  '${KEY}|http://127.0.0.1:9/v1|https://models.example/v1|ftp://x|valkey://cache:6379/0|valkey://|/mem0|~/mem0'.split(
    '|',
  ),
].flat();
const LISTS = [[], [[]], [''], ['x'], [0], [{}]];
const MAPPINGS = [
  {},
  { x: 1 },
  { 'no name': 'x' },
  { input: 1 },
  { input: 1, output: 1 },
  { when: {} },
  { when: {}, then: 'go' },
  { when: {}, order: ['x'] },
  { url: 'http://127.0.0.1:1', model: 'm' },
];
const VALUES = [null, true, false, ...AMOUNTS, ...TEXTS, ...LISTS, ...MAPPINGS];

/** From YAML's times, and from names that every object has: where zod is of another mind, it decides. */
const STRANGE = [
  new Date(0),
  JSON.parse('{"__proto__":{}}'),
  JSON.parse('{"constructor":1}'),
  JSON.parse('{"toString":"x"}'),
];

function fileWith(place: Place, value: unknown): unknown {
  const file = structuredClone(BASE) as Record<string | number, unknown>;
  let at = file;
  for (const [depth, key] of place.slice(0, -1).entries()) {
    at = (at[key] ??= typeof place[depth + 1] === 'number' ? [] : {}) as Record<string | number, unknown>;
  }
  if (place.length === 0) return value;
  at[place.at(-1)!] = value;
  return file;
}

const PLACES = placesOf(schema);
/** One of each list of names. */
const NAMES = [...new Set(PLACES.flatMap(({ node }) => node.enum?.[0] ?? []))];

test('a file is valid without zod exactly where it is valid with it', () => {
  expect(PLACES.length).toBeGreaterThan(120);
  const wrong: unknown[] = [];
  for (const { place } of PLACES) {
    const values = [...VALUES, ...NAMES, ...NAMES.map((name) => [name]), ...STRANGE];
    const verdicts = values.map((value) => {
      const file = fileWith(place, value);
      const [quick, zods] = [isValid(file), fileSchema.safeParse(file)];
      const agrees = quick === zods.success || (STRANGE.includes(value) && !quick);
      // Nothing is added, taken away or turned into something else: the file's own content will do.
      const isSame = !quick || isDeepStrictEqual(zods.data, file);
      if (!agrees || !isSame) wrong.push({ place: place.join('.'), value, quick, zods: zods.success });
      return quick;
    });
    expect({ place, valid: new Set(verdicts).size }).toEqual({ place, valid: 2 });
  }
  expect(wrong).toEqual([]);
});

test('a setting that nobody knows is none', () => {
  for (const { place, node } of PLACES.filter((one) => one.node.properties)) {
    expect({ node: place.join('.'), known: isValid(fileWith([...place, 'ordr'], 1)) }).toEqual({
      node: place.join('.'),
      known: false,
    });
    expect(node['additionalProperties']).toBe(false);
  }
});

test('the schema says nothing that is passed over', () => {
  const known = ['type', 'enum', 'const', 'anyOf', 'minLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum'];
  const ofParts = ['minItems', 'items', 'properties', 'required', 'propertyNames', 'additionalProperties'];
  const texts = ['$schema', 'title', 'description'];
  const said = new Set(PLACES.flatMap(({ node }) => Object.keys(node)));
  expect([...said].filter((keyword) => ![...known, ...ofParts, ...texts].includes(keyword))).toEqual([]);
});

test('what a schema cannot say is held by places that exist', () => {
  const places = PLACES.map(({ place }) => place.join('.'));
  expect(Object.keys(UNSAID).filter((place) => !places.includes(place))).toEqual([]);
});
