/** What Claude Code shows of a command or of a hook's answer is indented by five columns. */
export const INSIDE_CLAUDE = { width: 74 };
