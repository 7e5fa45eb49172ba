import { isLoopback } from '../ground/price.ts';
import { A_MAPPING, itemsOf, type Shape } from './shapes.ts';

/** An OpenAI-compatible server on this machine, and which of its models makes vectors of texts. */
export type Embedding = { url: string; model: string };

const EXAMPLE = 'url=http://127.0.0.1:11434/v1,model=nomic-embed-text';
const AN_ADDRESS = 'a plain http address on this machine, which prompts do not leave: http://127.0.0.1:11434/v1';
const A_MODEL = 'the name of a model';

export const embedding: Shape<Embedding> = {
  placeholder: 'embedding',
  parse(text) {
    const given = Object.fromEntries(itemsOf(text).map((pair) => pair.split(/=(.*)/s, 2).map((part) => part.trim())));
    const { url = '', model = '', ...others } = given as Partial<Record<string, string>>;
    if (Object.keys(others).length > 0 || model === '')
      return { ok: false, expected: `an embedding such as ${EXAMPLE}` };
    return isOnThisMachine(url) ? { ok: true, value: { url, model } } : { ok: false, expected: `url=${AN_ADDRESS}` };
  },
  check: (zod) =>
    zod.strictObject(
      {
        url: zod
          .string({ error: AN_ADDRESS })
          .refine(isOnThisMachine, { error: AN_ADDRESS })
          .describe('Where it is reached, up to /v1; only an address on this machine.'),
        model: zod.string({ error: A_MODEL }).min(1, { error: A_MODEL }).describe('Which model makes the vectors.'),
      },
      A_MAPPING,
    ),
  read: ({ url, model }) => ({ url: url.replace(/\/+$/, ''), model }),
};

/** What the user says goes there: to no other machine, whatever the file says. */
export function isOnThisMachine(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password, search, hash } = new URL(url);
  // A password would stand in the report beside the address; what follows the path would stand before `/embeddings`.
  return protocol === 'http:' && isLoopback(host) && username + password + search + hash === '';
}
