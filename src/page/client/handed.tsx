import { noteParts } from '../../words/memory.ts';
import { reviewPrompt, workText } from '../../words/review.ts';
import { clock } from '../../words/time.ts';
import { Badge } from './badge.tsx';
import { Copy } from './copy.tsx';
import { labelOf, type View } from './view.ts';

/** What others were told beside the transcript, each note as it was sent, and what they did in Claude's place. */
export function Handed({ view }: { view: View }) {
  const { notes = [], reviews = [], lastAt } = view.summary;
  if (notes.length + reviews.length === 0) return null;
  const label = (id: string) => labelOf(view, id);
  const told = [
    ...notes.map((note) => ({ at: note.at, provider: note.provider, note })),
    ...reviews.map((review) => ({ at: review.at, provider: review.providers[0]!, review })),
  ].toSorted((a, b) => a.at - b.at);
  return (
    <section aria-labelledby="handed">
      <h2 id="handed">Handed over</h2>
      <div class="panel">
        <ol class="handed">
          {told.map((entry) => (
            <li key={`${entry.at} ${entry.provider}`}>
              <Badge look={view.byId.get(entry.provider)?.look} />
              <div>
                {'note' in entry ? (
                  <>
                    <p>{noteParts({ ...entry.note, text: undefined }, label).join(', ')}</p>
                    {entry.note.text === undefined ? (
                      <p class="quiet">Its words were not kept: report.previews is off.</p>
                    ) : (
                      <details>
                        <summary>The note as it was sent</summary>
                        <pre class="as-sent" tabIndex={0}>
                          {entry.note.text}
                        </pre>
                      </details>
                    )}
                  </>
                ) : (
                  <>
                    <p>{workText(entry.review, label)}</p>
                    <p class="to-send">
                      <code>{reviewPrompt(entry.review, label)}</code>
                      <Copy text={reviewPrompt(entry.review, label)} what="prompt" />
                    </p>
                  </>
                )}
              </div>
              <span class="count">{clock(entry.at, lastAt)}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
