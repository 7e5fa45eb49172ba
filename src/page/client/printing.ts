import { useEffect, useState } from 'preact/hooks';

/** Whether the page is being printed: on paper nothing is hidden. */
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
