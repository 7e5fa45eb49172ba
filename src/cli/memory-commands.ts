import type { Command } from 'commander';
import type { Flags } from '../config/settings.ts';
import type { Returning } from './returning.ts';

/** `ccmux memory` and what stands under it. */
export function addMemoryCommands(program: Command, returning: Returning, flags: () => Flags): void {
  const memory = program
    .command('memory')
    .description('what other providers are told of a session beside its transcript');
  memory
    .command('show', { isDefault: true })
    .description('the notes of a session as they were sent, and what they held')
    .argument('[session]', 'a session id, its beginning or its end (default: the last one)')
    .option('--note', 'the last note alone, byte for byte')
    .action(
      returning(async (session: string | undefined, options: { note?: boolean }) => {
        const { runMemoryShow } = await import('./memory.ts');
        return runMemoryShow({ note: options.note ?? false, ...(session === undefined ? {} : { session }) });
      }),
    );
  for (const on of [true, false]) {
    memory
      .command(on ? 'on' : 'off')
      .description(on ? 'write such notes, from the next launch on' : 'write no such notes, from the next launch on')
      .action(
        returning(async () => {
          const { runMemorySwitch } = await import('./memory.ts');
          return runMemorySwitch({ on, flags: flags() });
        }),
      );
  }
}
