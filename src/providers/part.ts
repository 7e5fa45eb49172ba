import { UserError } from '../errors.ts';

/**
 * Loads a part of ccmux that most sessions do without.
 * @throws UserError when it is not there any more: an upgrade or a removal takes it away under a running session.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError('ccmux was upgraded or removed under this session: leave it, and start it again', {
      cause: error,
    });
  }
}
