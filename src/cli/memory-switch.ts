import { folders } from '../config/paths.ts';
import type { Flags } from '../config/settings.ts';
import { shortId } from '../ground/short-id.ts';
import type { Io } from '../report/terminal.ts';
import { switchMemory } from '../state/control.ts';
import { listRunning } from '../state/running.ts';
import { PROJECT_MODE } from '../words/memory.ts';
import { list } from '../words/text.ts';

/**
 * `ccmux memory on|off`: whether notes are written, in sessions that run and from the next launch on.
 * @param options.project on: earlier sessions of a project are quoted as well, from the next launch on.
 * @returns the exit code.
 */
export async function runMemorySwitch(
  { on, project, flags }: { on: boolean; project: boolean; flags: Flags },
  io: Io = process,
): Promise<number> {
  const { runConfigSet } = await import('./config-change.ts');
  const value = on ? (project ? 'project' : 'session') : 'off';
  const code = await runConfigSet({ setting: 'memory.mode', value, unset: false, flags });
  if (project) io.stdout.write(`${PROJECT_MODE}\n`);
  const running = listRunning(folders(io.env).state);
  const answers = await Promise.all(running.map(({ controlUrl }) => switchMemory(controlUrl, on)));
  const named = (kind: string) =>
    running.filter((_, i) => answers[i]!.kind === kind).map(({ session }) => shortId(session));
  const [changed, refused] = [named('state'), named('refused')];
  if (changed.length > 0) io.stdout.write(`${on ? 'On' : 'Off'} in running sessions, too: ${list(changed)}\n`);
  if (refused.length > 0) {
    io.stdout.write(`In a running session type it as a prompt: ccmux memory ${on ? 'on' : 'off'} (${list(refused)})\n`);
  }
  return code;
}
