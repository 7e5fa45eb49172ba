import { useEffect, useState } from 'preact/hooks';

/** The rows that a phone shows at first, so that the page's end stays close. */
const FIRST = 10;
/** The rows that each click adds. */
const STEP = 50;

/**
 * How many rows of a list are shown: on a wide window and on paper all of them, on a phone the first few, and more when
 * asked for.
 *
 * @returns the number of rows, and what shows more of them; no function where nothing is hidden.
 */
export function useRoom(count: number, printing: boolean): { room: number; more: (() => void) | undefined } {
  const [wanted, setWanted] = useState(FIRST);
  const [phone, setPhone] = useState(() => narrow().matches);
  useEffect(() => {
    const query = narrow();
    const onChange = () => setPhone(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  const room = phone && !printing ? Math.min(count, wanted) : count;
  return { room, more: room < count ? () => setWanted(wanted + STEP) : undefined };
}

/** As wide as the style sheet's phone. */
function narrow(): MediaQueryList {
  return matchMedia('(max-width: 720px)');
}
