/** One thing that was looked at. `way` is what to do about it. */
export type Check = {
  about: 'programs' | 'configuration' | 'providers' | 'folders' | 'Claude Code settings' | 'network';
  level: 'ok' | 'warn' | 'broken';
  text: string;
  way?: string;
};
