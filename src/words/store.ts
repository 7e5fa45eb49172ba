import type { EventOf, StoreTrouble } from '../events.ts';

type Fail = Pick<EventOf<'memory-store-fail'>, 'store' | 'place' | 'why' | 'status'>;

const NAMES: Record<Fail['store'], string> = { mem0: 'Mem0', chroma: 'Chroma' };

/** `Mem0 in /home/me/mem0`, `Chroma at http://127.0.0.1:8000` */
export function storeName({ store, place }: Pick<Fail, 'store' | 'place'>): string {
  if (place === undefined) return NAMES[store];
  return `${NAMES[store]} ${store === 'mem0' ? 'in' : 'at'} ${place}`;
}

/** `Chroma at http://127.0.0.1:8000 does not answer · earlier sessions are searched by words, without it` */
export function storeLine(fail: Fail): string {
  return `${storeName(fail)} ${storeTrouble(fail)} · earlier sessions are searched by words, without it`;
}

/** What is wrong with it, behind its name. */
export function storeTrouble({ why, status }: { why: StoreTrouble; status?: number | undefined }): string {
  return {
    unset: 'is not named (memory.mem0)',
    missing: 'is not installed there',
    incomplete: 'cannot load better-sqlite3, which it needs',
    stopped: 'stopped',
    unreachable: 'does not answer',
    slow: 'takes too long for a note to wait',
    status: `answered ${status ?? 'an error'} (is it version 1.0 or newer?)`,
    unreadable: 'gave an answer that ccmux cannot read',
    embedding: 'gets no vectors (embedding)',
  }[why];
}

/** What the user does about it. */
export function storeWay({ store, why }: Pick<Fail, 'store' | 'why'>): string {
  if (why === 'embedding') return 'Start the server that embedding names, and see that it has this model.';
  if (store === 'chroma') return 'Start it: chroma run. Its address: memory.chroma.';
  if (why === 'unset') return 'Name the folder in which it is installed: ccmux config set memory.mem0 ~/mem0';
  return 'Install it there as `ccmux help memory` shows.';
}
