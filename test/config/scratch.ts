import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { KnownProvider } from '../../src/config/discovery.ts';

/** A throw-away home with a project in it; gone when the test is. */
export function scratch() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ccmux-config-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const home = join(root, 'home');
  const project = join(home, 'project');
  mkdirSync(join(project, '.git'), { recursive: true });
  const env = { HOME: home, XDG_CONFIG_HOME: join(root, 'config'), XDG_STATE_HOME: join(root, 'state') };
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  return {
    root,
    home,
    project,
    env,
    configFolder: join(root, 'config', 'ccmux'),
    write,
    user: (text: string, name = 'config.yaml') => write(join(root, 'config', 'ccmux', name), text),
    rc: (text: string, name = '.ccmuxrc') => write(join(project, name), text),
  };
}

const row = (id: string, variable?: string): KnownProvider => ({
  id,
  label: id.toUpperCase(),
  keyVariables: variable === undefined ? [] : [variable],
  discovered: variable !== undefined,
});

/** A small catalogue, so that these tests do not change with the real one. */
export const ROWS: Record<string, KnownProvider> = {
  claude: row('claude'),
  gemini: row('gemini', 'GEMINI_API_KEY'),
  openai: { ...row('openai', 'OPENAI_API_KEY'), otherHostVariable: 'OPENAI_BASE_URL' },
  groq: row('groq', 'GROQ_API_KEY'),
  ollama: row('ollama'),
};
