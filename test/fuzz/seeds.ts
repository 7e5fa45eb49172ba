/** How many cases, and from which seed: `npm run fuzz` takes many, every day's tests take few. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** @param few cases for every day; the long form takes `FUZZ_RUNS` times as many. */
export function cases(few: number): { numRuns: number; seed: number } {
  return { numRuns: few * Number(process.env['FUZZ_RUNS'] ?? 1), seed };
}

/** To be said by each file: with it the same cases come again (`FUZZ_SEED=… npm run fuzz`). */
export function tellSeed(): void {
  console.log(`FUZZ_SEED=${seed}`);
}
