/**
 * Runs work that no request depends on: counting, learning, notifying. An exception in it is reported and does not
 * affect the request.
 * @returns true if it succeeded.
 */
export function aside({ fault }: { fault: (fault: unknown) => void }, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    fault(error);
    return false;
  }
}
