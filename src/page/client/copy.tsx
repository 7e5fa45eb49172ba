import { useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 2_000;

/**
 * Copies an id, and confirms it for a moment. Absent if the browser offers no clipboard.
 * @param what its name: `session id`.
 */
export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!('clipboard' in navigator)) return null;
  return (
    <button
      type="button"
      class="copy"
      aria-label={copied ? `The ${what} is copied` : `Copy the ${what}`}
      title={`Copy the ${what}`}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {copied ? <path d="M3 8.5l3.2 3.2L13 5" /> : <path d="M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5" />}
      </svg>
    </button>
  );
}
