/**
 * Judges a change of one setting that does not come from the user: an untrusted project's file, or a file that a tool
 * call has changed while the session runs. Such a change may only make the setting stricter.
 */
export type Rule<T> = (wanted: T, own: T | undefined) => Verdict<T>;

/** `kept`: the allowed part, if any. `refused`: the items that are not allowed, or `WHOLE`. */
export type Verdict<T> = { kept?: T; refused: string[] };

/** The whole setting. */
export const WHOLE = '';

function either<T>(wanted: T, isAllowed: boolean): Verdict<T> {
  return isAllowed ? { kept: wanted, refused: [] } : { refused: [WHOLE] };
}

export const onlyOff: Rule<boolean> = (wanted, own) => either(wanted, !wanted || own === true);

export const atMost: Rule<number> = (wanted, own = Infinity) => either(wanted, wanted <= own);

/** The same where 0 is no limit. */
export const atMostUnlessUnlimited: Rule<number> = (wanted, own = 0) =>
  either(wanted, wanted > 0 ? own === 0 || wanted <= own : own === 0);

/** No looser than the user's own. @param names from the strictest to the loosest. */
export function noLooser<Name extends string>(...names: Name[]): Rule<Name> {
  return (wanted, own) => either(wanted, own === undefined || names.indexOf(wanted) <= names.indexOf(own));
}

/** Only items that the user has as well. */
export function fewer<Name extends string>(wanted: Name[], own: Name[] = []): Verdict<Name[]> {
  return {
    kept: own.filter((item) => wanted.includes(item)),
    refused: wanted.filter((item) => !own.includes(item)),
  };
}

/** Fewer providers after the user's first, in the user's sequence: no conversation goes to another provider. */
export function fewerBehindTheFirst(wanted: string[], own: string[] = []): Verdict<string[]> {
  const [first] = own;
  const kept = own.filter((id) => id === first || wanted.includes(id));
  const { refused } = fewer(wanted, own);
  const known = [...new Set(wanted.filter((id) => own.includes(id)))];
  const isMoved = known.length > 0 && known.join() !== kept.join();
  return { kept, refused: isMoved ? [...refused, 'your own sequence stays'] : refused };
}
