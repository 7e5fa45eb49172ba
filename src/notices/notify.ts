/** The kinds of notification, the most informative first. */
type Way = 'osc99' | 'osc777' | 'osc9' | 'bell';

type Env = Readonly<Record<string, string | undefined>>;

const ESC = '\u001B';
const ST = `${ESC}\\`;
const BEL = '\u0007';

/**
 * The sequence that makes this terminal notify its user. It neither moves the cursor nor prints, so it is safe while
 * Claude Code draws. tmux passes on a wrapped sequence if `allow-passthrough` is on, and rings by itself.
 *
 * @param text one harmless line.
 */
export function notification(text: string, env: Env): string {
  const inside = env['TMUX'] !== undefined && env['TMUX'] !== '';
  const way = wayOf(env);
  if (way === 'bell') return BEL;
  const sequence = SEQUENCES[way](text);
  return inside ? `${ESC}Ptmux;${sequence.replaceAll(ESC, ESC + ESC)}${ST}${BEL}` : sequence;
}

/**
 * Sources: kitty's "Desktop notifications" (OSC 99), the `notify` extension of rxvt-unicode (OSC 777), iTerm2's
 * "Proprietary escape codes" (OSC 9).
 */
const SEQUENCES: Record<Exclude<Way, 'bell'>, (text: string) => string> = {
  osc99: (text) => `${ESC}]99;;${text}${ST}`,
  // Semicolons divide its fields.
  osc777: (text) => `${ESC}]777;notify;ccmux;${text.replaceAll(';', ',')}${ST}`,
  osc9: (text) => `${ESC}]9;${text}${BEL}`,
};

/** Some terminals set a variable of their own, which also survives inside tmux; the others are named by TERM. */
function wayOf(env: Env): Way {
  const { TERM: term = '', TERM_PROGRAM: program = '' } = env;
  if (env['KITTY_WINDOW_ID'] !== undefined || term.includes('kitty')) return 'osc99';
  if (program === 'ghostty' || env['GHOSTTY_RESOURCES_DIR'] !== undefined) return 'osc777';
  if (/^(foot|rxvt)/.test(term)) return 'osc777';
  if (program === 'iTerm.app' || env['ITERM_SESSION_ID'] !== undefined) return 'osc9';
  if (program === 'WezTerm' || env['WEZTERM_PANE'] !== undefined) return 'osc9';
  return 'bell';
}
