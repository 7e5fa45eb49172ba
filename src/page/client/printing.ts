import { useEffect, useState } from 'preact/hooks';

/** True while the page is printed: on paper nothing is hidden. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const onPrint = () => setPrinting(true);
    const onPrinted = () => setPrinting(false);
    addEventListener('beforeprint', onPrint);
    addEventListener('afterprint', onPrinted);
    return () => {
      removeEventListener('beforeprint', onPrint);
      removeEventListener('afterprint', onPrinted);
    };
  }, []);
  return printing;
}
