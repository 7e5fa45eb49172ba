import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { LiveState } from '../../report/live.ts';
import { steerParts } from '../../words/switch.ts';
import { sentence } from '../../words/text.ts';
import { applyChange, type Change, type PageData, type UseRequest } from '../data.ts';

/** `lost`: since when (epoch milliseconds) nothing was heard; the session is probably over. */
export type Link = { state: 'frozen' } | { state: 'open' } | { state: 'lost'; since: number };

export type Session = {
  data: PageData;
  link: Link;
  /** This machine's clock plus this is the session's clock. */
  skewMs: number;
  /** What became of the last `use`, for a person. */
  answer?: { text: string; failed: boolean };
  use(request: UseRequest): void;
};

/** Keeps the page's data as the session tells it, and carries `use` back. In a report it only hands the data out. */
export function useSession(initial: PageData): Session {
  const [data, setData] = useState(initial);
  const [link, setLink] = useState<Link>(initial.mode === 'live' ? { state: 'open' } : { state: 'frozen' });
  const [skewMs, setSkew] = useState(initial.mode === 'live' ? initial.state.now - Date.now() : 0);
  const [answer, setAnswer] = useState<Session['answer']>();
  const latest = useRef(initial);

  const take = useCallback((state: LiveState) => {
    latest.current = { mode: 'live', state };
    setData(latest.current);
    setSkew(state.now - Date.now());
    setLink({ state: 'open' });
  }, []);

  useEffect(() => {
    if (initial.mode === 'frozen') return;
    const events = new EventSource('events');
    events.addEventListener('state', ({ data: text }: MessageEvent<string>) => take(JSON.parse(text) as LiveState));
    events.addEventListener('change', ({ data: text }: MessageEvent<string>) => {
      if (latest.current.mode === 'live') take(applyChange(latest.current.state, JSON.parse(text) as Change));
    });
    events.addEventListener('error', () => {
      setLink((link) => (link.state === 'lost' ? link : { state: 'lost', since: Date.now() }));
    });
    return () => events.close();
  }, []);

  const use = useCallback((request: UseRequest) => {
    setAnswer(undefined);
    void post(request).then((result) => {
      if ('error' in result) {
        setAnswer({ text: `Not switched: ${result.error}`, failed: true });
        return;
      }
      take(result);
      setAnswer({ text: confirmation(request, result), failed: false });
    });
  }, []);

  return { data, link, skewMs, use, ...(answer === undefined ? {} : { answer }) };
}

async function post(request: UseRequest): Promise<LiveState | { error: string }> {
  try {
    const response = await fetch('use', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    return (await response.json()) as LiveState | { error: string };
  } catch {
    return { error: 'the session did not answer.' };
  }
}

function confirmation({ provider, only }: UseRequest, state: LiveState): string {
  const label = (id: string) => state.providers.find((known) => known.id === id)?.label ?? id;
  const order = state.providers.map(({ id }) => id);
  return `${sentence(steerParts({ provider, only }, order, label)[0] ?? '')}.`;
}

/** The session's clock, ticking each second while it runs; in a report, the moment at which it was made. */
export function useNow({ data, link, skewMs }: Session): number {
  const [, tick] = useState(0);
  const runs = link.state !== 'frozen';
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [runs]);
  return data.mode === 'frozen' ? data.generatedAt : Date.now() + skewMs;
}
