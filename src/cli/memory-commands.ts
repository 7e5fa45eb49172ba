import type { Command } from 'commander';
import type { Flags } from '../config/settings.ts';
import type { Scope } from './memory-kept.ts';
import type { Returning } from './returning.ts';

const SESSION = 'a session id, its beginning or its end';

/** `ccmux memory` and what stands under it. */
export function addMemoryCommands(program: Command, returning: Returning, flags: () => Flags): void {
  const memory = program
    .command('memory')
    .description('what other providers are told beside the transcript, and what is kept for that');
  memory
    .command('show', { isDefault: true })
    .description('the notes of a session as they were sent, and what is kept of it for later ones')
    .argument('[session]', `${SESSION} (default: the last one), or the id of a passage`)
    .option('--note', 'the last note alone, byte for byte')
    .action(
      returning(async (name: string | undefined, options: { note?: boolean }) => {
        const { runMemoryShow } = await import('./memory.ts');
        return runMemoryShow({ note: options.note ?? false, ...(name === undefined ? {} : { name }) });
      }),
    );
  inScope(memory.command('list').description('the sessions of this project of which passages are kept'))
    .option('--json', 'print it as JSON')
    .action(
      returning(async (options: Scope & { json?: boolean }) => {
        const { runMemoryList } = await import('./memory-kept.ts');
        return runMemoryList(options);
      }),
    );
  inScope(memory.command('forget').description('remove what is kept, for good'))
    .argument('[session]', `${SESSION}, or the id of a passage`)
    .option('--before <when>', 'what is older: 30d, 2w, 2026-11-22')
    .action(
      returning(async (what: string | undefined, options: Scope & { before?: string }) => {
        const { runMemoryForget } = await import('./memory-forget.ts');
        return runMemoryForget({ ...options, ...(what === undefined ? {} : { what }) });
      }),
    );
  inScope(memory.command('export').description('write out what is kept'))
    .argument('[file]', 'where (default: print it)')
    .option('--md', 'as Markdown, to read (default)')
    .option('--json', 'as JSON')
    .action(
      returning(async (file: string | undefined, options: Scope & { md?: boolean; json?: boolean }) => {
        const { runMemoryExport } = await import('./memory-export.ts');
        return runMemoryExport({ ...options, ...(file === undefined ? {} : { file }) });
      }),
    );
  memory
    .command('on')
    .description('write such notes, in running sessions and from the next launch on')
    .option('--project', 'quote earlier sessions of the project as well, from the next launch on')
    .action(returning(async (options: { project?: boolean }) => set(true, options.project ?? false)));
  memory
    .command('off')
    .description('write no such notes, in running sessions and from the next launch on')
    .action(returning(async () => set(false, false)));

  async function set(on: boolean, project: boolean): Promise<number> {
    const { runMemorySwitch } = await import('./memory-switch.ts');
    return runMemorySwitch({ on, project, flags: flags() });
  }
}

function inScope(command: Command): Command {
  return command
    .option('--project [key]', 'of this project, or of the one with this key')
    .option('--all', 'of every project');
}
