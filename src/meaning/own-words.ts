/** More is not read of a prompt: its beginning and its end, where people say what they want. Characters. */
const MOST_READ = 8_000;
/** And of what is left of these, after all that was pasted is taken away. */
const MOST_SAID = 800;

const FENCED = /```[\s\S]*?(?:```|$)/g;
/** A line that no one types: code, a diff, a log, a step of a stack trace, the words of an exception. */
const PASTED = [
  /^(?:\t| {4})/,
  /[{};]\s*$/,
  /^(?:diff --git |index [0-9a-f]{6}|@@ |[-+]{3} |[-+] )/,
  /^\s*\[?\d{4}-\d\d-\d\d/,
  /^\s*\[?\d\d:\d\d:\d\d/,
  /^\s*(?:at \S+|File ".*", line|Caused by:|Traceback |Exception in |goroutine \d|thread '|npm (?:ERR!|error)|\$ |\.\.\. \d)/,
  /^\s*(?:\w+\.)*\w*(?:Error|Exception|panic)\b[^:]{0,40}:/,
  /^\s*(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL)\b/,
];
/**
 * What a request is about, not what it asks: names in backticks, quotations. None goes past the next mark that opens
 * one: a row of these would else be searched to its end from each.
 */
const QUOTED = /`[^`\n]+`|"[^"\n]+"|“[^“”\n]+”|„[^„“”\n]+[“”]|«[^«»\n]+»|「[^「」\n]+」/g;
const ASCII_TOKEN = /[!-~]+/g;
/** A path, an address, a file, a version. */
const NAME = /^[~.]*\/|\/.*[/.]|[\w)]\.\w/;

/** What the user says in a prompt, as far as it tells what they want: without what was pasted, quoted or named. */
export function ownWords(prompt: string): string {
  const lines = ends(prompt, MOST_READ).replaceAll(FENCED, '\n').split('\n');
  const said = lines.filter((line) => !PASTED.some((pattern) => pattern.test(line))).join('\n');
  const asked = said.replaceAll(QUOTED, ' ').replaceAll(ASCII_TOKEN, (token) => (NAME.test(token) ? ' ' : token));
  return ends(asked.trim(), MOST_SAID);
}

function ends(text: string, most: number): string {
  return text.length <= 2 * most ? text : `${text.slice(0, most)}\n${text.slice(-most)}`;
}
