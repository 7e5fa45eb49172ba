import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, hasShell, makePlace, removeProgram, runShell, scriptOf } from './shells.ts';
import type { Place } from './shells.ts';

beforeAll(buildProgram);
afterAll(removeProgram);

/** What a shell would offer at the end of this line. */
type Ask = (place: Place, lines: string[]) => string[][];

const bash: Ask = (place, lines) => {
  const script = scriptOf(place, 'bash');
  // As readline does it: words are split at blanks, `=` and `:`, the word at the cursor is the last.
  const asks = lines.map((line) => {
    const words = line.split(/\s+|(?<==)|(?==)/).map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _ccmux; printf '%s\\n' "\${COMPREPLY[@]}" '>>>'`;
  });
  // `compopt` works in a real completion only; that it is called at all is not what is asked here.
  return split(runShell(place, 'bash', ['--norc', '-c', ['compopt() { :; }', `source ${script}`, ...asks].join('\n')]));
};

const fish: Ask = (place, lines) => {
  const script = scriptOf(place, 'fish');
  const asks = lines.map((line) => `complete -C '${line}'; echo '>>>'`);
  const offered = split(runShell(place, 'fish', ['--no-config', '-c', [`source ${script}`, ...asks].join('\n')]));
  return offered.map((candidates) => candidates.map((candidate) => candidate.split('\t')[0] ?? ''));
};

const zsh: Ask = (place, lines) => {
  const script = scriptOf(place, 'zsh');
  const offered = join(place.folder, 'offered');
  const setup = join(place.folder, 'setup.zsh');
  writeFileSync(offered, '');
  writeFileSync(
    setup,
    `unsetopt prompt_cr zle_bracketed_paste 2>/dev/null
PROMPT= LISTMAX=10000
autoload -Uz compinit && compinit -u -D
source ${script}
compadd() {
  local -a matches
  if [[ " $* " != *' -'[OAD]' '* ]]; then
    builtin compadd -O matches "$@"
    print -rl -- $matches >> ${offered}
  fi
  builtin compadd "$@"
}
next-line() { print -r -- '>>>' >> ${offered}; BUFFER= }
zle -N next-line
bindkey '^I' complete-word '^G' next-line
print ready
`,
  );
  const driver = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ${setup}'
zpty -r -m shell seen '*ready*' || exit 1
for line in "$@"; do zpty -w -n shell "$line"$'\\t\\a'; done
for (( i = 0; i < 600; i++ )); do
  zpty -r -t shell seen
  [[ $(grep -c '>>>' ${offered}) == $# ]] && break
  sleep 0.05
done
zpty -d shell`;
  runShell(place, 'zsh', ['-f', '-c', driver, 'zsh', ...lines]);
  return split(
    readFileSync(offered, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
};

function split(lines: string[]): string[][] {
  const groups: string[][] = [[]];
  for (const line of lines) {
    if (line === '>>>') groups.push([]);
    else groups.at(-1)?.push(line);
  }
  return groups.slice(0, -1);
}

const CASES: { line: string; offers: string[] }[] = [
  { line: 'ccmux sta', offers: ['status'] },
  { line: 'ccmux config ', offers: ['edit', 'get', 'help', 'path', 'schema', 'set', 'show', 'trust'] },
  { line: 'ccmux completion ', offers: ['bash', 'fish', 'powershell', 'zsh'] },
  { line: 'ccmux --switch', offers: ['--switch-back'] },
  { line: 'ccmux --switch-back ', offers: ['immediate', 'manual', 'turn'] },
  { line: 'ccmux --no-failover --switch-back m', offers: ['manual'] },
  { line: 'ccmux use mi', offers: ['mine', 'minimax', 'mistral'] },
  { line: 'ccmux use au', offers: ['auto'] },
  { line: 'ccmux --order claude,min', offers: ['claude,mine', 'claude,minimax'] },
  { line: 'ccmux report ', offers: ['2026-aa', '2026-bb'] },
  { line: 'ccmux report --j', offers: ['--json'] },
  { line: 'ccmux use gemini --session 2026-b', offers: ['2026-bb'] },
  { line: 'ccmux --config se', offers: ['settings.json'] },
  { line: 'ccmux nonsense ', offers: [] },
  { line: 'ccmux claude --per', offers: ['--permission-mode'] },
  { line: 'ccmux claude --permission-mode ', offers: ['acceptEdits', 'plan'] },
  { line: 'ccmux --order claude claude -c --allowed', offers: ['--allowed-tools'] },
  { line: 'ccmux claude m', offers: ['mcp'] },
  { line: 'ccmux claude --add-dir se', offers: ['settings.json'] },
];

describe.each([
  { shell: 'bash', ask: bash },
  { shell: 'zsh', ask: zsh },
  { shell: 'fish', ask: fish },
])('$shell', ({ shell, ask }) => {
  test('offers what fits, silently', { timeout: 120_000 }, () => {
    if (!hasShell(shell)) return;
    const place = makePlace();
    const offered = ask(
      place,
      CASES.map(({ line }) => line),
    );
    const found = CASES.map(({ line }, index) => ({ line, offers: [...new Set(offered[index])].sort() }));
    expect(found).toEqual(CASES);
    // The installed client was asked for its options once, and not again for each key.
    expect(readFileSync(join(place.folder, 'asked'), 'utf8')).toBe('asked\n');
  });

  test('completes the value behind a `=`', { timeout: 60_000 }, () => {
    if (!hasShell(shell)) return;
    const [values] = ask(makePlace(), ['ccmux --switch-back=ma']);
    // Bash completes the word behind `=`, the others the whole word.
    expect(values).toEqual([shell === 'bash' ? 'manual' : '--switch-back=manual']);
  });

  test('says nothing, and offers nothing, where something is broken', { timeout: 60_000 }, () => {
    if (!hasShell(shell)) return;
    const place = makePlace();
    writeFileSync(join(place.folder, 'config', 'ccmux', 'config.yaml'), 'order: [nobody\n');
    writeFileSync(join(place.folder, 'bin', 'claude'), '#!/bin/sh\necho broken >&2\nexit 1\n');
    expect(ask(place, ['ccmux claude --per', 'ccmux use gem'])).toEqual([[], ['gemini']]);
  });
});
