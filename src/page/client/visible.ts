import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** Rows drawn above and below what can be seen, so that a quick scroll meets no blank. */
const SPARE = 10;
/** Fewer rows than this are all drawn. */
const FEW = 100;

/**
 * Which rows of a long list can be seen while the window scrolls: only those are put into the document.
 * On paper all of them can.
 *
 * @param rowHeight in CSS pixels, the same for every row.
 * @returns a half-open range.
 */
export function useVisible(
  list: RefObject<HTMLElement | null>,
  { count, printing }: { count: number; printing: boolean },
  rowHeight: number,
): [number, number] {
  const [range, setRange] = useState<[number, number]>([0, 40]);

  const measure = () => {
    const element = list.current;
    if (element === null) return;
    const above = -element.getBoundingClientRect().top;
    const start = Math.max(0, Math.floor(above / rowHeight) - SPARE);
    const end = Math.max(0, Math.ceil((above + window.innerHeight) / rowHeight) + SPARE);
    // In steps, so that scrolling by one row does not redraw.
    const next: [number, number] = [start - (start % 4), end + (4 - (end % 4))];
    setRange((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
  };

  useLayoutEffect(measure, [count, rowHeight]);
  useEffect(() => {
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, [rowHeight]);

  if (printing || count <= FEW) return [0, count];
  return [Math.min(range[0], count), Math.min(range[1], count)];
}
