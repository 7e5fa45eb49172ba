import type { Identity } from '../claude/first-party.ts';
import type { Folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { Event } from '../events.ts';
import type { Address } from '../launch/address.ts';
import type { Unanswered } from '../notices.ts';
import type { NoticeMode } from '../notices/lines.ts';
import type { Said } from '../proxy/context.ts';

/** What a launch knows of its session. */
export type SessionInput = {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The session's own address, token included. */
  url: string;
  /** Where the user's own Claude is reached. */
  address: Address;
  /** What the client was told about it. */
  identity: Identity;
  /** The user's own rules for what may run without a question. */
  allowRules: () => readonly string[];
  /** The command of the user's own status line, read afresh. */
  statusLine: () => string;
  /** `--fallback-model` and the setting of that name. */
  fallbackModels: readonly string[];
  places: Folders;
  noticeMode: NoticeMode;
  /** The configuration's files, and what a launch would read in them now. */
  watched: { files: readonly string[]; load: () => Promise<Config> };
  /** Open questions, which the footer and the first notice repeat. */
  unanswered: readonly Unanswered[];
  /** Sees every event, for the user's own collector. */
  observe?: (event: Event) => void;
  /** Hears what is said, without secrets, where the user's collector is to have it. */
  said?: (said: Said) => void;
};
