import { exec, spawn } from 'node:child_process';
import { UserError } from '../errors.ts';
import { foldersOnPath, namesOfProgram } from '../ground/programs.ts';

const fs = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/** A program of the system's that keeps secrets, and gives them back to a shell command. */
export type Keychain = {
  program: string;
  label: string;
  hint: string;
  /** How a key is stored. It goes in by standard input: every local user can read arguments. */
  store(id: string, key: string): { args: string[]; input: string };
  /** The `apiKeyCommand`. @param stored what storing has printed. */
  command(id: string, stored: string): string;
};

const KEYCHAINS: readonly Keychain[] = [
  {
    program: 'security',
    label: 'the Keychain',
    hint: 'macOS, by `security`',
    // `-i` reads commands from the standard input (man security).
    store: (id, key) => ({ args: ['-i'], input: `add-generic-password -U -s ccmux -a ${id} -w ${key}\n` }),
    command: (id) => `security find-generic-password -s ccmux -a ${id} -w`,
  },
  {
    program: 'secret-tool',
    label: 'the Secret Service',
    hint: 'GNOME Keyring or KWallet, by `secret-tool`',
    store: (id, key) => ({ args: ['store', '--label', `ccmux ${id}`, 'service', 'ccmux', 'provider', id], input: key }),
    command: (id) => `secret-tool lookup service ccmux provider ${id}`,
  },
  {
    program: 'op',
    label: '1Password',
    hint: 'by `op`',
    // `-` reads an item's template from the standard input (developer.1password.com/docs/cli/item-create).
    store: (id, key) => ({
      args: ['item', 'create', '--format', 'json', '-'],
      input: JSON.stringify({
        title: `ccmux ${id}`,
        category: 'API_CREDENTIAL',
        fields: [{ id: 'credential', type: 'CONCEALED', label: 'credential', value: key }],
      }),
    }),
    command(_, stored) {
      const { id, vault } = JSON.parse(stored) as { id: string; vault: { id: string } };
      return `op read op://${vault.id}/${id}/credential`;
    },
  },
  {
    program: 'pass',
    label: 'pass',
    hint: 'the standard Unix password manager',
    store: (id, key) => ({ args: ['insert', '--multiline', '--force', `ccmux/${id}`], input: `${key}\n` }),
    command: (id) => `pass show ccmux/${id}`,
  },
];

/** Those whose program is there. */
export function keychainsHere(env: NodeJS.ProcessEnv): Keychain[] {
  const folders = foldersOnPath(env).filter((folder) => path.isAbsolute(folder));
  const isHere = ({ program }: Keychain) =>
    namesOfProgram(program, env).some((name) => folders.some((folder) => fs.existsSync(path.join(folder, name))));
  return KEYCHAINS.filter(isHere);
}

/** It may ask for a password or a finger. Milliseconds. */
const PATIENCE_MS = 60_000;

/** What a key is made of: nothing that a program could take for its own syntax. */
const KEY = /^[\w.+/=:~-]+$/;

/**
 * Stores a provider's key and reads it back, because a program that says nothing may still have stored nothing.
 * @returns the `apiKeyCommand` that prints the key.
 * @throws UserError that says why it is not stored; it never holds what the program printed.
 */
export async function storeKey(keychain: Keychain, id: string, key: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { program, label } = keychain;
  if (!KEY.test(key)) throw new UserError('this is no key: it has blanks or signs in it that no key has');
  const { args, input } = keychain.store(id, key);
  const failed = (why: string) => new UserError(`${label} did not take the key (${program}: ${why})`);
  let command: string;
  try {
    command = keychain.command(id, await run(program, args, input, env));
  } catch (error) {
    throw failed(error instanceof UserError ? error.message : 'it cannot be run, or answers otherwise than expected');
  }
  const back = await new Promise<string>((resolve) => {
    const options = { env, timeout: PATIENCE_MS, windowsHide: true };
    // One that waits for words on its standard input must not wait for ever.
    exec(command, options, (_, stdout) => resolve(stdout.trim())).stdin?.end();
  });
  if (back !== key) throw failed('it does not give the key back');
  return command;
}

function run(program: string, args: string[], input: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
      windowsHide: true,
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(printed) : reject(new UserError(`status ${code ?? 'unknown'}`)),
    );
    // One that ends without reading is told by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
