import { EXIT, UserError } from '../errors.ts';
import { storageCause } from '../words/storage.ts';

const fs = process.getBuiltinModule('node:fs');

/** A file that the user has named for what a command makes. */
export type OutputFile = {
  file: string;
  /** Whether a file that is there is written over. */
  over: boolean;
  /** The command as it is typed, for the way out. */
  way: string;
};

/**
 * To be called before work that takes long, costs money or asks questions: says now what would keep the file from being
 * written. Leaves nothing behind.
 * @throws UserError of one line.
 */
export function refuseUnwritable(output: OutputFile): void {
  const { file, over } = output;
  guarded(output, () => {
    const state = fs.statSync(file, { throwIfNoEntry: false });
    // To open and close a pipe would tell its reader that all has been written.
    if (over && state && !state.isFile() && !state.isDirectory()) return;
    fs.closeSync(fs.openSync(file, over ? 'a' : 'wx', 0o600));
    // A link that led nowhere stays one.
    if (!state) fs.unlinkSync(fs.realpathSync(file));
  });
}

/** Writes it, readable for the user alone. @throws UserError of one line. */
export function writeOutput(output: OutputFile, text: string): void {
  guarded(output, () => fs.writeFileSync(output.file, text, { mode: 0o600, flag: output.over ? 'w' : 'wx' }));
}

function guarded({ file, way }: OutputFile, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const isFolder = code === 'EEXIST' && fs.lstatSync(file).isDirectory();
    const why = isFolder ? storageCause('EISDIR') : (OF_A_NEW_FILE[code] ?? storageCause(code));
    throw new UserError(`${file} cannot be written: ${why}. Name another: ${way}`, { exitCode: EXIT.failure, cause });
  }
}

const OF_A_NEW_FILE: Record<string, string> = {
  ENOENT: 'its folder is not there',
  EEXIST: 'it is there already',
};
