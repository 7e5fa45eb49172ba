import { useMemo } from 'preact/hooks';
import type { PageData } from '../data.ts';
import { Banner } from './banner.tsx';
import { Cards } from './cards.tsx';
import { Handed } from './handed.tsx';
import { Headline } from './headline.tsx';
import { History } from './history.tsx';
import { Losses } from './losses.tsx';
import { Masthead } from './masthead.tsx';
import { Responses } from './responses.tsx';
import { useNow, useSession } from './session.ts';
import { useTab } from './tab.ts';
import { Timeline } from './timeline.tsx';
import { UsageTable } from './usage.tsx';
import { viewOf } from './view.ts';

/** The whole page: the most needed first, the longest list last. */
export function App({ initial }: { initial: PageData }) {
  const session = useSession(initial);
  const view = useMemo(() => viewOf(session.data), [session.data]);
  const now = useNow(session);
  useTab(view);
  // A session that is over takes no commands.
  const steerable = session.link.state === 'open' && view.summary.endedAt === undefined;
  const live = initial.mode === 'live';
  // Parts that do not depend on the clock are not redrawn each second.
  const timeline = useMemo(() => <Timeline view={view} />, [view]);
  const still = useMemo(
    () => (
      <>
        <div class="pair">
          <UsageTable view={view} session={session} steerable={steerable} />
          <Losses view={view} />
        </div>
        <Handed view={view} />
        <Responses view={view} />
        {live && <History />}
      </>
    ),
    [view, steerable, live],
  );
  return (
    <>
      <a class="skip" href="#responses">
        Skip to the responses
      </a>
      <div class="page">
        <Masthead view={view} link={session.link} now={now} />
        <Banner view={view} link={session.link} />
        <main>
          <Headline view={view} now={now} session={session} steerable={steerable} />
          {timeline}
          <Cards view={view} now={now} />
          {still}
        </main>
      </div>
    </>
  );
}
