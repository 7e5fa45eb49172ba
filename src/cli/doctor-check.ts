/** The result of one check. `way` says what to do about it. */
export type Check = {
  about:
    | 'programs'
    | 'configuration'
    | 'providers'
    | 'folders'
    | 'Claude Code settings'
    | 'memory'
    | 'network'
    | 'sharing';
  /** `note`: a fact that nobody has checked, such as an address to which nothing was sent. */
  level: 'ok' | 'note' | 'warn' | 'broken';
  text: string;
  way?: string;
};
