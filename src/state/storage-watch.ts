import type { EventBody, EventOf } from '../events.ts';
import { isStorageCode } from '../words/storage.ts';

type Failed = Extract<EventBody, { type: 'storage-fail' }>;

/** Keeps a disk that cannot be written to one message, however many files it concerns. */
export type StorageWatch = {
  /** @returns true for a failure of the disk, which has been told now or before; anything else is the caller's. */
  failed(what: EventOf<'storage-fail'>['what'], fault: unknown): boolean;
  /** From now on a failure is an event. @returns the one before: it concerns the whole folder. */
  start(): Failed | undefined;
};

/** @param place ccmux's state folder. */
export function createStorageWatch(place: string, emit: (event: Failed) => void): StorageWatch {
  let first: Failed | undefined;
  let started = false;
  return {
    failed(what, fault) {
      const { code, path } = fault as NodeJS.ErrnoException;
      if (!isStorageCode(code)) return false;
      if (first) return true;
      first = { type: 'storage-fail', what: started ? what : 'folder', place, code };
      // That one file is another's; the folder is as good as ever.
      if (code === 'ENEWER' && path !== undefined) first = { ...first, what, place: path };
      if (started) emit(first);
      return true;
    },
    start() {
      started = true;
      return first;
    },
  };
}
