import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ProviderId } from '../../events.ts';
import type { LiveState } from '../../state/live.ts';
import { consentParts, NO_CONSENT } from '../../words/consent.ts';
import { labelsOf } from '../../words/label.ts';
import { budgetText } from '../../words/money.ts';
import { steerParts } from '../../words/switch.ts';
import { sentence } from '../../words/text.ts';
import { applyChange, type Change, type PageData, type UseRequest } from '../data.ts';

/** `lost`: since when (epoch milliseconds) the session has been silent; it is probably over. */
export type Link = { state: 'frozen' } | { state: 'open' } | { state: 'lost'; since: number };

export type Session = {
  data: PageData;
  link: Link;
  /** This machine's clock plus this is the session's clock. */
  skewMs: number;
  /** The result of the last command, for the user. */
  answer?: { text: string; failed: boolean };
  use(request: UseRequest): void;
  /** This provider's commands run without a question until Claude answers again. */
  allow(provider: ProviderId): void;
  /** The session may spend so much more, US dollars. */
  lift(usd: number): void;
  /** They are asked about again. */
  forbid(): void;
};

/** Keeps the page's data up to date, and sends commands to the session. In a report it only provides the data. */
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

  const order = useCallback(
    (path: 'use' | 'allow' | 'forbid' | 'budget', body: object, refused: string, confirm: Confirm) => {
      setAnswer(undefined);
      void post(path, body).then((result) => {
        if ('error' in result) {
          setAnswer({ text: `${refused}: ${result.error}`, failed: true });
          return;
        }
        take(result);
        setAnswer({ text: confirm(result), failed: false });
      });
    },
    [],
  );
  const use = (request: UseRequest) => order('use', request, 'Not switched', (state) => confirmation(request, state));
  const lift = (add: number) => order('budget', { add }, 'Not lifted', (state) => budgetText(state.budget));
  const allow = (provider: ProviderId) =>
    order('allow', { provider }, 'Not allowed', (state) => `${consentParts(provider, labelsOf(state.providers))[0]}.`);
  const forbid = () => order('forbid', {}, 'Not changed', () => NO_CONSENT);

  return { data, link, skewMs, use, allow, forbid, lift, ...(answer === undefined ? {} : { answer }) };
}

type Confirm = (state: LiveState) => string;

async function post(path: string, body: object): Promise<LiveState | { error: string }> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as LiveState | { error: string };
  } catch {
    return { error: 'the session did not answer.' };
  }
}

function confirmation({ provider, only }: UseRequest, state: LiveState): string {
  const order = state.providers.map(({ id }) => id);
  return `${sentence(steerParts({ provider, only }, order, labelsOf(state.providers))[0] ?? '')}.`;
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
