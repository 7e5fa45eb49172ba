import type { Shell } from './commands.ts';

const FILES = {
  bash: 'ccmux.bash',
  zsh: '_ccmux',
  fish: 'ccmux.fish',
  powershell: 'ccmux.ps1',
} as const satisfies Record<Shell, string>;

/** `ccmux completion <shell>`: prints the shell's script, which says in its first lines how to install it. */
export async function runCompletion({ shell }: { shell: Shell }): Promise<number> {
  // `src/cli` and `dist/chunks` have the same depth, so this path works in both.
  const file = new URL(`../../completions/${FILES[shell]}`, import.meta.url);
  const text = await process.getBuiltinModule('node:fs').promises.readFile(file, 'utf8');
  // A checkout of git's on Windows may have put `\r` at the ends of lines, at which bash, there too, stumbles.
  process.stdout.write(text.replaceAll('\r\n', '\n'));
  return 0;
}
