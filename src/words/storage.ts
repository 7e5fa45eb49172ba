import type { EventOf } from '../events.ts';

/** Node's error codes of a folder or file that cannot be written, as a person would say them. */
const CAUSES: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a file stands where a folder should be',
  EISDIR: 'a folder stands where a file should be',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
  ETIMEDOUT: 'the file server does not answer',
  ESTALE: 'the file server does not answer',
  ERR_FS_FILE_TOO_LARGE: 'it is too large',
  /** Ours, not Node's: see `ground/format.ts` and `ground/regular-file.ts`. */
  ENEWER: 'a newer ccmux wrote it',
  ENOTREG: 'it is no file, but a pipe, a socket or a device',
};

/** Whether an error is the disk's: then the user can mend it, and it is no fault of ours. */
export function isStorageCode(code: string | undefined): code is string {
  return code !== undefined && Object.hasOwn(CAUSES, code);
}

/** `the disk is full`; a code that nobody knows is told as it is. */
export function storageCause(code: string | undefined): string {
  return (code !== undefined && CAUSES[code]) || code || 'unknown error';
}

/** What the user goes without because ccmux's own folder cannot be written. Failover needs no disk. */
export function storageLine({ what, place, code }: Pick<EventOf<'storage-fail'>, 'what' | 'place' | 'code'>): string {
  const cannot = `${place} cannot be written (${storageCause(code)})`;
  switch (what) {
    case 'folder':
      return `${cannot}: no report of this session, and no \`ccmux status\` or \`use\` from another terminal. Failover works.`;
    case 'journal':
      return `${cannot}: this session's report ends here. Failover works.`;
    case 'shared':
      return `${cannot}: cooldowns and spending are not shared with other sessions. Failover works.`;
    case 'memory':
      return `${cannot}: later sessions will not know what was said in this one. Failover works.`;
    case 'slow':
      return `${place} is slow: if ccmux is killed, the report may lack the last answers.`;
  }
}

/** Why no running session can be found although one may run. */
export function unseen(place: string, code: string): string {
  return `running sessions leave no trace here, because ${place} cannot be written (${storageCause(code)})`;
}
