/** What is said of requests that a program of the user's sent to the session's address: they are no part of it. */
export function otherProgramsText(count: number): string {
  const came = count === 1 ? '1 request came' : `${count} requests came`;
  return `${came} from programs that were run in this session. They went to Claude's address unchanged; no other provider was asked, and no limit of theirs counts here.`;
}
