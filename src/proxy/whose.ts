import type { Asker } from '../claude/asker.ts';

/** What a request shows of who sent it. */
export type Shown = {
  asker: Pick<Asker, 'session'>;
  credential: string | undefined;
  /** The account that the body names; undefined where it names none. */
  account: string | undefined;
  /** `user-agent` is Claude Code's: versions before the session header have nothing else to be known by. */
  isClaudeCode: boolean;
};

/** Whose requests come to the port: the session's own, or those of a program that the user runs beside it. */
export type Whose = {
  /** Claude Code has told this session id to a hook or to the status line. `/clear` makes a new one. */
  report(session: string): void;
  /**
   * Notices a request. The session's own: it carries a session id that was reported, or the first one of all (which
   * may come before any hook), or it shows the credential or the account of such a request (a nested `claude`).
   * @returns false for another program's.
   */
  isOwn(shown: Shown): boolean;
  /**
   * Whose limits hold for the request that was noticed last: the account that the client names, else the credential.
   * A login's new token is the same account. In memory only.
   */
  account(): string | undefined;
};

export function createWhose(): Whose {
  const sessions = new Set<string>();
  const credentials = new Set<string>();
  /** The account that was named beside a credential: requests that name none (a probe) belong to it as well. */
  const accounts = new Map<string, string>();
  let current: string | undefined;

  return {
    report: (session) => void sessions.add(session),
    isOwn({ asker: { session }, credential, account, isClaudeCode }) {
      if (session === undefined && !isClaudeCode) return false;
      const first = sessions.size === 0 && credentials.size === 0;
      const known = session === undefined || sessions.has(session);
      const shared =
        (credential !== undefined && credentials.has(credential)) ||
        (account !== undefined && [...accounts.values()].includes(account));
      if (!first && !known && !shared) return false;

      if (first && session !== undefined) sessions.add(session);
      if (credential !== undefined) credentials.add(credential);
      if (credential !== undefined && account !== undefined) accounts.set(credential, account);
      current = account ?? (credential === undefined ? current : (accounts.get(credential) ?? credential));
      return true;
    },
    account: () => current,
  };
}
