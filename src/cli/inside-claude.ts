/**
 * How the state is drawn inside Claude Code: it indents what it shows of a command by five columns, and the text may
 * become part of a conversation that goes to a provider, so the page's address, a secret, must not go along.
 */
export const INSIDE_CLAUDE = { width: 74, page: 'ccmux dashboard' };
