import { onTestFinished, vi } from 'vitest';

/** Takes what a command prints, until the test has finished. */
export function captureOutput(): { out: () => string; err: () => string } {
  const taken = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const spy = vi.spyOn(process[name], 'write').mockImplementation((text) => {
      taken[name] += String(text);
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  return { out: () => taken.stdout, err: () => taken.stderr };
}

/** Runs with these variables and in this folder, until the test has finished. */
export function standIn(folder: string, env: Record<string, string | undefined>): void {
  const before = process.cwd();
  process.chdir(folder);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });
}
