/**
 * Shell commands that certainly only read. Anything else counts as writing: a variable, a redirection, an option that
 * writes or runs something, an unlisted program. A wrong "no" costs the user one question; a wrong "yes" runs an
 * unchecked command.
 */

/** Programs, each with the arguments that would make it write, run or wait for something. */
const READERS: Record<string, RegExp | undefined> = {
  basename: undefined,
  cat: undefined,
  cd: undefined,
  cmp: undefined,
  cut: undefined,
  df: undefined,
  diff: undefined,
  dirname: undefined,
  du: undefined,
  echo: undefined,
  egrep: undefined,
  false: undefined,
  fgrep: undefined,
  find: /^-(?:exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)$/,
  grep: undefined,
  head: undefined,
  id: undefined,
  ls: undefined,
  nl: undefined,
  pwd: undefined,
  readlink: undefined,
  realpath: undefined,
  rg: /^--(?:pre|hostname-bin)/,
  stat: undefined,
  tail: /^(?:-[a-zA-Z0-9]*[fF]|--follow|--retry)/,
  tr: undefined,
  true: undefined,
  uname: undefined,
  wc: undefined,
  which: undefined,
  whoami: undefined,
};

/**
 * git commands that only show something. A diff driver or pager in the repository's configuration is the user's own
 * choice.
 */
const GIT_READERS = new Set(['blame', 'diff', 'log', 'ls-files', 'rev-parse', 'shortlog', 'show', 'status']);
/** git takes an option's beginning for the option. */
const GIT_WRITES = /^(?:--o(?!neline$)|--ext|-O)/;

/** ccmux itself, and its address: a fallback must not consent in the user's place. */
const OURS = /ccmux|127\.0\.0\.1|localhost|\[?::1\]?/i;

/** One word of a shell command in which nothing is expanded: bare, or in one kind of quotes throughout. */
const WORD = /^(?:[\w@%+=:,./*?^~-]+|'[^']*'|"[^"$`\\!]*")/;

/** True for a shell command that only reads, judged by its text alone. */
export function onlyReads(command: string): boolean {
  if (OURS.test(command)) return false;
  const commands = simpleCommands(command);
  return commands !== undefined && commands.every(isReader);
}

function isReader([program = '', ...args]: string[]): boolean {
  if (program === 'git') {
    const [subcommand = '', ...rest] = args;
    return GIT_READERS.has(subcommand) && !rest.some((arg) => GIT_WRITES.test(arg));
  }
  if (!Object.hasOwn(READERS, program)) return false;
  const writing = READERS[program];
  return writing === undefined || !args.some((arg) => writing.test(arg));
}

/**
 * A command line as the simple commands that it is made of, joined by `|`, `&&`, `||` and `;`.
 * @returns undefined where a shell would expand, redirect or start something besides.
 */
export function simpleCommands(line: string): string[][] | undefined {
  const commands: string[][] = [];
  let words: string[] = [];
  let rest = line.replaceAll(/ (?:2>\/dev\/null|2>&1)(?= |$)/g, '').trim();
  const finish = () => {
    if (words.length > 0) commands.push(words);
    const ended = words.length > 0;
    words = [];
    return ended;
  };
  while (rest !== '') {
    const joint = /^(?:\|\||&&|\||;)[ \t]*/.exec(rest)?.[0];
    const space = /^[ \t]+/.exec(rest)?.[0];
    if (joint !== undefined) {
      if (!finish()) return undefined;
      rest = rest.slice(joint.length);
    } else if (space !== undefined) rest = rest.slice(space.length);
    else {
      const word = WORD.exec(rest)?.[0];
      // Two of them side by side are one word for a shell, and not plain.
      if (word === undefined || !/^(?:$|[ \t|;]|&&)/.test(rest.slice(word.length))) return undefined;
      words.push(/^['"]/.test(word) ? word.slice(1, -1) : word);
      rest = rest.slice(word.length);
    }
  }
  return finish() ? commands : undefined;
}
