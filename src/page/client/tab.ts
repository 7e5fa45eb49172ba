import { useEffect } from 'preact/hooks';
import { labelOf, type View } from './view.ts';

/** The browser's tab shows who answers: in its title, and by an icon in the provider's colour. */
export function useTab(view: View): void {
  const { live, summary } = view;
  const running = live !== undefined && summary.endedAt === undefined;
  const look = running ? view.byId.get(live.serving)?.look : undefined;
  const who = whoIn(view);
  const title = running ? `${who} · ccmux` : `Session ${summary.session} · ccmux`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  const letters = look?.letters ?? '·';
  const slot = look?.slot;
  useEffect(() => {
    const probe = document.createElement('span');
    probe.className = slot === undefined ? 'look-none' : `look-${slot}`;
    document.body.append(probe);
    const { backgroundColor, color } = getComputedStyle(probe);
    probe.remove();
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null) icon.href = `data:image/svg+xml,${encodeURIComponent(iconSvg(letters, backgroundColor, color))}`;
  }, [letters, slot]);
}

/** `letters` holds letters and digits only, so that nothing of it can be markup. */
function iconSvg(letters: string, background: string, ink: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${background}"/>` +
    `<text x="16" y="22" font-family="sans-serif" font-size="17" font-weight="700" text-anchor="middle" fill="${ink}">${letters}</text></svg>`
  );
}

function whoIn(view: View): string {
  const { live } = view;
  if (live?.waiting) return `Waiting for ${labelOf(view, live.waiting.provider)}`;
  if (live?.nobody) return live.nobody.kind === 'failed' ? 'No provider could answer' : 'No provider is available';
  const answers = live?.answeredLast === undefined || live.answeredLast === live.serving ? 'answers' : 'answers next';
  return `${labelOf(view, live?.serving)} ${answers}`;
}
