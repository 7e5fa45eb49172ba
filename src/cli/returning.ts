/** Makes an action of a command's work: its result becomes the exit code. */
export type Returning = <A extends unknown[]>(work: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;
