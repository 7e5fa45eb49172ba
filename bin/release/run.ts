import { spawnSync, type SpawnSyncOptions } from 'node:child_process';

/**
 * Runs a program to its end.
 * @returns what it wrote to stdout and stderr.
 * @throws where it failed, with what it wrote.
 */
export function run(file: string, args: string[], options: SpawnSyncOptions = {}): { stdout: string; stderr: string } {
  const { status, error, stdout, stderr } = spawnSync(file, args, { maxBuffer: 2 ** 26, ...options, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout, stderr };
}
