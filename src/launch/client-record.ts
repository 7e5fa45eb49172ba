import { dirname, join } from 'node:path';
import type { IncomingHttpHeaders } from 'node:http';
import { FIRST_PARTY_HEADER, HEADERS } from '../claude/claude-code-2.1.330.ts';
import { clientVersion, type Identity } from '../claude/first-party.ts';
import type { Bus } from '../events.ts';
import { parseSettings } from './sources.ts';
import { makePrivateFolder } from '../ground/folder.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import { readRegularFile } from '../ground/regular-file.ts';
import { replaceFile } from '../ground/replace-file.ts';

/**
 * The version of Claude Code that ignored the variable for a first-party address. The version of the next launch is
 * unknown beforehand (asking for it takes as long as a launch), so the record stands until another version is seen.
 */
const fileIn = (stateFolder: string) => join(stateFolder, 'client.json');

/** @returns the version on record, if any. */
export function readIgnoring(stateFolder: string): string | undefined {
  const record = readRecord(stateFolder);
  const version = isForeign(record) ? undefined : record['ignoresFirstParty'];
  return typeof version === 'string' ? version : undefined;
}

/** Fields of another ccmux stay. */
function writeIgnoring(stateFolder: string, version: string | undefined): void {
  const { ignoresFirstParty: _, ...others } = readRecord(stateFolder);
  if (isForeign(others)) return;
  const file = fileIn(stateFolder);
  makePrivateFolder(dirname(file));
  const record = { version: FORMAT, ...others, ...(version !== undefined && { ignoresFirstParty: version }) };
  replaceFile(file, JSON.stringify(record));
}

function readRecord(stateFolder: string): Record<string, unknown> {
  try {
    return parseSettings(readRegularFile(fileIn(stateFolder))) ?? {};
  } catch {
    return {};
  }
}

/**
 * Checks the first request of the conversation: did the client obey? The result is an event and is recorded for the
 * next launch.
 *
 * @param told what the client was told at launch.
 * @returns a function to call with the headers of each request; it never throws.
 */
export function watchClient(
  told: Identity['kind'],
  stateFolder: string,
  bus: Pick<Bus, 'emit'>,
): (headers: IncomingHttpHeaders) => void {
  let seen = false;
  return (headers) => {
    if (seen) return;
    const version = clientVersion(headers['user-agent']);
    if (version === undefined || (headers[HEADERS.requestClass] ?? 'main') !== 'main') return;
    seen = true;
    const firstParty = headers[FIRST_PARTY_HEADER] !== undefined;
    bus.emit({ type: 'client-read', version, told: told === 'told', firstParty });
    try {
      if (told === 'told' && !firstParty) writeIgnoring(stateFolder, version);
      // Another version than the recorded one: the next launch tries again.
      if (told === 'switches' && readIgnoring(stateFolder) !== version) writeIgnoring(stateFolder, undefined);
    } catch {
      // The state folder cannot be written: the next session checks again.
    }
  };
}
