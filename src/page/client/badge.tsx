import type { Look } from './looks.ts';

/** A provider's mark: its colour, its pattern and its letters. The name is beside it, so screen readers skip it. */
export function Badge({ look, size = 'small' }: { look: Look | undefined; size?: 'small' | 'large' }) {
  return (
    <span class={`badge ${size} ${look === undefined ? 'look-none' : `look-${look.slot}`}`} aria-hidden="true">
      {look?.letters ?? '–'}
    </span>
  );
}
