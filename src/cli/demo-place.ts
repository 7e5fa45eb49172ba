/** A place for a demo: a home, a configuration and a project that are gone afterwards. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GEMINI_KEY } from '../demo/gemini.ts';
import { findClaude } from '../launch/launch.ts';

export type DemoPlace = { project: string; env: Record<string, string> };

/**
 * Makes the place in the folder `base`, its project in a git repository.
 * @param input.name the project's.
 * @param input.settings more of ccmux's configuration, YAML.
 */
export function makeDemoPlace(input: {
  base: string;
  name: string;
  files: Record<string, string>;
  claudeUrl: string;
  geminiUrl: string;
  settings?: string;
}): DemoPlace {
  const { base, name, claudeUrl, geminiUrl, settings = '' } = input;
  const project = join(base, name);
  const env = environment(base, claudeUrl);
  const files: Record<string, string> = Object.fromEntries(
    Object.entries(input.files).map(([file, text]) => [join(project, file), text]),
  );
  // A loopback host costs nothing; a set price makes the report show what it would show for the real host.
  files[join(base, 'config', 'ccmux', 'config.yaml')] = `order: [claude, gemini]
${settings}providers:
  gemini:
    baseUrl: ${geminiUrl}/v1beta
    price: { input: 2, output: 12, cacheRead: 0.2 }
`;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=ccmux', '-c', 'user.email=demo@localhost', ...args], { cwd: project, env });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'As it was found');
  return { project, env };
}

function environment(base: string, claudeUrl: string): Record<string, string> {
  // In addition to the user's PATH: the client of a ccmux checkout.
  const bundled = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
  const path = [process.env['PATH'] ?? '', bundled].join(delimiter);
  const client = findClaude({ PATH: path });
  const kept = [
    'TERM',
    'COLORTERM',
    'NO_COLOR',
    'FORCE_COLOR',
    'LANG',
    'LC_ALL',
    'SystemRoot',
    'PATHEXT',
    'ComSpec',
    'WSL_DISTRO_NAME',
  ];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    PATH: [dirname(client), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: base,
    USERPROFILE: base,
    TMPDIR: base,
    TEMP: base,
    TMP: base,
    XDG_CONFIG_HOME: join(base, 'config'),
    XDG_STATE_HOME: join(base, 'state'),
    CLAUDE_CONFIG_DIR: join(base, 'claude'),
    ANTHROPIC_BASE_URL: claudeUrl,
    // Looks like a subscription login; only the simulators know both values.
    CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-simulated',
    GEMINI_API_KEY: GEMINI_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}
