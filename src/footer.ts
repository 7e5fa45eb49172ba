/**
 * The session's status line command, a program of its own: Claude Code runs it again and again with JSON on stdin and
 * shows what it prints. It asks the session for its segment, and which status line of the user's own stands in the
 * settings files now, runs that with the same stdin, and puts one beside the other. It has to be quick, and whatever goes wrong, it prints the part that it has.
 *
 * Environment: `CCMUX_SESSION` is the session's control address, `CCMUX_STATUS_LINE` the user's own command as it was at
 * the launch, for when the session does not answer.
 */
import stringWidth from 'string-width';

const { spawn } = process.getBuiltinModule('node:child_process');
const { request } = process.getBuiltinModule('node:http');

/** Columns at the edges that Claude Code keeps to itself. */
const EDGES = 4;
/** Our own part is worth no more waiting than this. */
const SEGMENT_MS = 500;
/** The user's own command has what Claude Code would have given it: a slow one must not be lost because of us. */
const COMMAND_MS = 5000;

const stdin = await readAll(process.stdin);
const { segment, command = process.env['CCMUX_STATUS_LINE'] } = await ask(process.env['CCMUX_SESSION'], stdin);
const theirs = await run(command, stdin);
const text = sideBySide(theirs, segment, Number(process.env['COLUMNS']));
// A user's command may have left something running that holds our pipes: leave all the same.
process.stdout.write(text === '' ? '' : `${text}\n`, () => process.exit(0));

async function readAll(stream: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  } catch {
    // What came is what there is.
  }
  return Buffer.concat(chunks);
}

/** @returns the user's line; empty when it fails, as Claude Code would show it. */
function run(command: string | undefined, input: Buffer): Promise<string> {
  if (!command) return Promise.resolve('');
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'ignore'] });
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
    // Claude Code cancels us when there is something newer to show; then theirs is not wanted either.
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
  /** The user's own status line as it is now; absent where nobody told. */
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
      // So much fits: Claude Code keeps some columns to itself.
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

/** Ours goes beside the last line of theirs, or under it where the terminal is too narrow for both. */
function sideBySide(theirs: string, ours: string, columns: number): string {
  if (theirs === '' || ours === '') return theirs || ours;
  const beside = `${theirs.split('\n').at(-1)} │ ${ours}`;
  const fits = !(columns > 0) || stringWidth(beside) <= columns - EDGES;
  const plain = theirs.includes('\u001B') ? '\u001B[0m' : ''; // A colour of theirs must not run on into ours.
  return `${theirs}${plain}${fits ? ' │ ' : '\n'}${ours}`;
}
