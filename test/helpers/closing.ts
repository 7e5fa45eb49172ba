import { onTestFinished } from 'vitest';

/** Closes a server when the test has finished. */
export function closing<T extends { close(): Promise<void> }>(server: T): T {
  onTestFinished(() => server.close());
  return server;
}
