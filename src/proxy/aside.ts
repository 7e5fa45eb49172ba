/**
 * Does what no request depends on: counting, learning, telling. A fault in it is told, and costs the request nothing.
 * @returns whether it was done.
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
