import { z, type ZodType } from 'zod';
import { providerSchema } from './provider-schema.ts';
import { ROWS } from './settings.ts';
import { A_MAPPING, providerId, sentence } from './shapes.ts';

// Loaded only for a file with a mistake (`valid.ts`): loading zod takes longer than the rest of this room.

// Compiling a schema to a function pays off if it checks many values. A launch checks a file or two.
z.config({ jitless: true });

type Fields = Record<string, ZodType>;

/** The fields of the settings table: `failover.on` is the field `on` of the mapping `failover`. */
function fieldsOfTable(): Fields {
  const alone: Fields = {};
  const groups: Record<string, Fields> = {};
  for (const [name, { shape, meaning }] of ROWS) {
    const field = shape.check(z).optional().describe(sentence(meaning));
    const [first = '', member] = name.split('.');
    if (member === undefined) alone[first] = field;
    else (groups[first] ??= {})[member] = field;
  }
  const mappings = Object.entries(groups).map(([group, fields]) => [
    group,
    z.strictObject(fields, A_MAPPING).optional(),
  ]);
  return { ...alone, ...Object.fromEntries(mappings) };
}

/** The shape of a configuration file: every setting is optional, durations are text. */
export const fileSchema = z
  .strictObject(
    {
      $schema: z.string().optional(),
      ...fieldsOfTable(),
      providers: z
        .record(providerId(z), providerSchema, A_MAPPING)
        .optional()
        .describe('What differs from the catalogue, and providers of your own.'),
    },
    A_MAPPING,
  )
  .meta({ title: 'ccmux configuration' });

/** The published JSON Schema, draft 7: what editors read. */
export function jsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fileSchema, { target: 'draft-7', io: 'input' });
}
