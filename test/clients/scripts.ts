import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Place } from '../helpers/claude.ts';

/** The scripts of `ccmux help clients`, in their order: one for the Agent SDK, one for editors. */
const [SDK, EDITOR] = [
  ...readFileSync(join(root, 'src', 'help', 'clients.md'), 'utf8').matchAll(/```\n(#!\/bin\/sh[^]*?)```/g),
];

/** Puts them into the place, and `ccmux` on its PATH, as a user has them. @returns their paths. */
export function putScripts(place: Place): { sdk: string; editor: string } {
  const folder = join(place.home, 'bin');
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(root, 'bin', 'ccmux.js'), join(folder, 'ccmux'));
  place.env['PATH'] = `${folder}:${place.env['PATH']}`;
  const put = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return file;
  };
  return { sdk: put('ccmux-claude', SDK![1]!), editor: put('ccmux-editor', EDITOR![1]!) };
}
