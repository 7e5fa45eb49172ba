import type { Config } from '../config/schema.ts';
import { ruleText } from '../failover/rule-text.ts';
import { onlyTags, type Compared } from '../meaning/compared.ts';
import { createEmbed, EmbeddingError } from '../session/embedding.ts';
import { examplesOf } from '../session/meaning.ts';
import { embeddingTrouble } from '../words/notice.ts';
import { duration } from '../words/time.ts';
import { plural } from '../words/text.ts';
import type { Check } from './doctor-check.ts';

const about = 'configuration';

/** Whether routes by example can be told apart, and whether the user's embedding answers. */
export async function checkRoutes({ routes, embedding }: Pick<Config, 'routes' | 'embedding'>): Promise<Check[]> {
  const sets = examplesOf(routes);
  if (sets.length === 0) return [];
  const { comparingWords } = await import('../meaning/by-words.ts');
  const judged = judge(comparingWords(sets)('').sets);
  return embedding ? [...judged, await checkEmbedding(embedding)] : judged;
}

function judge(sets: Compared['sets']): Check[] {
  const confused = sets.filter(onlyTags).map(({ examples, mistaken, of }): Check => {
    const text = `the route ${ruleText({ like: examples })} only tags: another route claims ${mistaken} of its examples (${of} tried)`;
    return { about, level: 'warn', text, way: 'Give it examples that read unlike those of the others.' };
  });
  if (confused.length > 0) return confused;
  return [{ about, level: 'ok', text: `${plural(sets.length, 'route')} by example can be told apart` }];
}

async function checkEmbedding(embedding: { url: string; model: string }): Promise<Check> {
  const began = performance.now();
  const name = `your embedding (${embedding.model} at ${embedding.url})`;
  try {
    const [vector = []] = await createEmbed(embedding, DOCTORS_PATIENCE_MS)(['hello']);
    const ms = Math.round(performance.now() - began);
    return { about, level: 'ok', text: `${name} answers in ${duration(ms)} with ${vector.length} numbers` };
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    return {
      about,
      level: 'warn',
      text: `${name} ${embeddingTrouble(error)}: prompts are compared by words`,
      way: 'Start it, and see that it has this model.',
    };
  }
}

/** A model may have to be loaded first. */
const DOCTORS_PATIENCE_MS = 15_000;
