import { isPlaceholder } from '../ground/placeholder.ts';
import type { Leaf } from './leaves.ts';
import { holdsPassword } from './shared-address.ts';

/**
 * One warning for each key that a file holds in clear text: a reader of the file, or of its backup, can use it.
 * @param whereOf the file that a setting stands in.
 */
export function clearTextWarnings(leaves: readonly Leaf[], whereOf: (setting: string) => string): string[] {
  return leaves.filter(isClearText).map(({ path }) => {
    const name = path.join('.');
    if (name === 'shared')
      return `${whereOf(name)}: shared holds a password in clear text: write \${VAR}, or sharedPasswordCommand, in its place`;
    const instead =
      path[2] === 'headers' ? 'write ${VAR} in its place' : 'write ${VAR}, or apiKeyCommand, in its place';
    return `${whereOf(name)}: ${name} holds a secret in clear text: ${instead}`;
  });
}

function isClearText({ path: [first, , field, header = ''], value }: Leaf): boolean {
  if (first === 'shared') return typeof value === 'string' && holdsPassword(value);
  const mayBeSecret = field === 'apiKey' || (field === 'headers' && /auth|key|token|secret|cookie/i.test(header));
  if (first !== 'providers' || !mayBeSecret) return false;
  const texts = [value].flat().filter((text) => typeof text === 'string');
  return texts.some((text) => !text.includes('${') && !isPlaceholder(text));
}
