import { homedir, userInfo } from 'node:os';

/**
 * The user of this process, by the system's list of users. A container may run as a number that is not in it
 * (`docker run --user 12345`), for which Node throws.
 */

const NODE = { homedir, userInfo };

/** The home of one who is not in the list is `/`, as Docker sets it, too. */
export function homeOfUser(os: Pick<typeof NODE, 'homedir' | 'userInfo'> = NODE): string {
  try {
    return os.homedir() || os.userInfo().homedir;
  } catch {
    return '/';
  }
}

/** The number of one who has no name. */
export function nameOfUser(os: Pick<typeof NODE, 'userInfo'> = NODE): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}
