/** The pages of `src/help/`, each with a line for the list of topics, in the order of that list. */
export const TOPICS = {
  'get-started': 'from nothing to the first failover',
  configuration: 'the file, every setting, flags and variables, what is on disk',
  providers: 'keys, models, local models, providers of your own, money',
  memory: 'what the next model is told of the session',
  trust: 'auto mode, consent, cloned repositories',
  overflow: 'before the limit: `overflow`, `handoff`, `routes`',
  security: 'your login, keys, the port',
  sharing: 'several machines, or a team, by one server',
  reports: 'what happened, in one session or in all of a week',
  'claude-code': 'what differs from plain `claude`',
  clients: 'the Agent SDK and editors',
  systems: 'Windows, macOS, WSL, containers, CI: what differs',
  'how-it-works': 'the way of a request, in a page',
  troubleshooting: 'what you see, why, and what to do',
} as const;

export type Topic = keyof typeof TOPICS;

export function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPICS, name);
}
