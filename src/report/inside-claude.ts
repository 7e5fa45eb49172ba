/** In a terminal of 80 columns Claude Code leaves 70 for the answer to a prompt line, and 74 for a command's (2.1.330). */
export const INSIDE_CLAUDE = { width: 70 };
