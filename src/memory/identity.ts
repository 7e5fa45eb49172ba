/**
 * The client's system prompt says that Claude is speaking, and asks for commits in Claude's name. Another model is told
 * who it is, always in the same words, so that a host's prompt cache stays valid.
 */
export function identityLine(label: string, model: string): string {
  const name = model.replaceAll(/[^\w./:-]+/g, '-');
  // A domain that can never belong to anybody (RFC 2606).
  const address = `${name.replaceAll(/[^\w.-]+/g, '-')}@model.invalid`;
  return `This request is answered by ${name} (${label}) in place of the Claude model that is named above. If somebody asks which model you are, say so. In a commit or pull request that you make, name ${name} and not Claude as co-author or generator: "Co-Authored-By: ${name} <${address}>".`;
}
