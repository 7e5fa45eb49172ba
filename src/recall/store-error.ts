import type { StoreTrouble } from '../events.ts';

/** Why an index cannot be used now. The files can. */
export class StoreError extends Error {
  readonly why: StoreTrouble;
  readonly status: number | undefined;

  constructor(why: StoreTrouble, options: { status?: number; cause?: unknown } = {}) {
    super(`no index: ${why}`, { cause: options.cause });
    this.why = why;
    this.status = options.status;
  }
}
