import { pause } from '../ground/pause.ts';
import { StoreError } from './store-error.ts';

/** Rejects if it takes longer; what it comes to then is nobody's concern. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = pause(ms, over.signal).then((): never => {
    throw new StoreError('slow');
  });
  for (const either of [work, late]) either.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
