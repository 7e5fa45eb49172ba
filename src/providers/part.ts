import { UserError } from '../errors.ts';

/**
 * Loads a part of ccmux that most sessions do not need.
 * @throws UserError if it is gone: an upgrade or removal can delete it during a session.
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
