/** ccmux's proxy without Claude Code: a program in its place says the address, and waits. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { claudeCommand, start, type Place, type Running } from './claude.ts';

export type OpenProxy = {
  /** What `claude` would find in ANTHROPIC_BASE_URL. */
  url: string;
  running: Running;
  /** Ends the program, and with it ccmux. */
  end(): Promise<void>;
};

/** @param place its `env` gets a folder with our `claude` in front. */
export async function openProxy(place: Place, ccmuxOptions: string[] = []): Promise<OpenProxy> {
  const folder = join(place.home, 'fake-bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'claude'), '#!/bin/sh\necho "$ANTHROPIC_BASE_URL"\nexec sleep 300\n', { mode: 0o755 });
  const env = { ...place.env, PATH: `${folder}:${place.env['PATH']}` };
  const running = start({ ...place, env }, claudeCommand('ccmux', ['-p', 'wait'], ccmuxOptions));
  onTestFinished(() => void running.child.kill('SIGTERM'));
  const url = await new Promise<string>((found, failed) => {
    running.child.stdout!.on('data', () => {
      const line = running.stdout().split('\n')[0]!;
      if (running.stdout().includes('\n')) found(line);
    });
    void running.finished.then((run) => failed(new Error(`ccmux ended early with ${run.code}: ${run.stderr}`)));
  });
  return {
    url,
    running,
    async end() {
      running.child.kill('SIGTERM');
      await running.finished;
    },
  };
}
