/**
 * The session's status line command, a program of its own: Claude Code runs it again and again with JSON on stdin and
 * shows what it prints. It asks the session for ccmux's segment and for the user's current status line command, runs
 * that command with the same stdin, and joins both. It must be quick, and after an error it prints the part that it
 * has.
 *
 * Environment: `CCMUX_SESSION` is the session's control address, `CCMUX_STATUS_LINE` the user's own command at the
 * launch, used if the session does not answer.
 */
import { SYSTEM } from './ground/system.ts';

const { spawn } = process.getBuiltinModule('node:child_process');
const { request } = process.getBuiltinModule('node:http');

/** Columns at the edges that Claude Code reserves. */
const EDGES = 4;
/** The longest wait for ccmux's own part. */
const SEGMENT_MS = 500;
/** The user's own command gets the time that Claude Code would give it, so that a slow one still shows. */
const COMMAND_MS = 5000;

const stdin = await readAll(process.stdin);
const { segment, command = process.env['CCMUX_STATUS_LINE'] } = await ask(process.env['CCMUX_SESSION'], stdin);
const theirs = await run(command, stdin);
const text = await sideBySide(theirs, segment, Number(process.env['COLUMNS']));
// The user's command may leave a process that holds the pipes: exit all the same.
process.stdout.write(text === '' ? '' : `${text}\n`, () => process.exit(0));

async function readAll(stream: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  } catch {
    // The output so far is the result.
  }
  return Buffer.concat(chunks);
}

/** @returns the user's line; empty when it fails, as Claude Code would show it. */
function run(command: string | undefined, input: Buffer): Promise<string> {
  if (!command) return Promise.resolve('');
  return new Promise((resolve) => {
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    const shell = SYSTEM.commandShell(process.env);
    const child = shell
      ? spawn(shell.program, [...shell.args, command], { stdio: [...stdio], windowsHide: true })
      : spawn(command, { shell: true, stdio: [...stdio] });
    const chunks: Buffer[] = [];
    const give = (text: string) => {
      clearTimeout(timer);
      resolve(text);
    };
    const stop = () => child.kill('SIGTERM');
    const timer = setTimeout(() => {
      stop();
      give('');
    }, COMMAND_MS);
    // Claude Code cancels this program for a newer run; then the user's command must end, too.
    process.once('SIGTERM', () => {
      stop();
      process.exit(143);
    });
    child.on('error', () => give(''));
    child.stdin.on('error', () => {}); // A command that does not read its stdin is no failure.
    child.stdin.end(input);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', (code) => give(code === 0 ? Buffer.concat(chunks).toString().replace(/\s+$/, '') : ''));
  });
}

type Told = {
  segment: string;
  /** The user's own status line as it is now; absent if unknown. */
  command?: string;
};

/** @returns an empty segment when the session is gone or slow. */
function ask(session: string | undefined, body: Buffer): Promise<Told> {
  const nothing = { segment: '' };
  if (!session) return Promise.resolve(nothing);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(nothing), SEGMENT_MS);
    const give = (told: Told) => {
      clearTimeout(timer);
      resolve(told);
    };
    try {
      // The usable width: Claude Code reserves some columns.
      const columns = Number(process.env['COLUMNS']) - EDGES;
      const asked = request(`${session}/footer${columns > 0 ? `?columns=${columns}` : ''}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      });
      asked.on('error', () => give(nothing));
      asked.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => give(nothing));
        response.on('end', () => {
          if (response.statusCode !== 200) return give(nothing);
          const { 'x-status-line': command } = response.headers;
          const segment = Buffer.concat(chunks).toString().trim();
          give({ segment, ...(typeof command === 'string' && { command: decodeURIComponent(command) }) });
        });
      });
      asked.end(body);
    } catch {
      give(nothing);
    }
  });
}

/** ccmux's part goes beside the user's last line, or under it if the terminal is too narrow for both. */
async function sideBySide(theirs: string, ours: string, columns: number): Promise<string> {
  if (theirs === '' || ours === '') return theirs || ours;
  // Takes 10 ms to load, and most users have no status line of their own.
  const { default: stringWidth } = await import('string-width');
  const beside = `${theirs.split('\n').at(-1)} │ ${ours}`;
  const fits = !(columns > 0) || stringWidth(beside) <= columns - EDGES;
  const plain = theirs.includes('\u001B') ? '\u001B[0m' : ''; // The user's colours must not run on into ccmux's part.
  return `${theirs}${plain}${fits ? ' │ ' : '\n'}${ours}`;
}
