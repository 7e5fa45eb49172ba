import { MOST_RECORDS, type MemoryRecord, type Recall, type Selection } from '../../src/memory/recall.ts';
import { termsOf } from '../../src/memory/terms.ts';

/** The simplest store that does what a store must: what other tests keep and recall with. */
export function createRamRecall(records: MemoryRecord[] = []): Recall {
  const remove = (isMeant: (record: MemoryRecord) => boolean) => {
    const rest = records.filter((record) => !isMeant(record));
    return records.splice(0, records.length, ...rest).length - rest.length;
  };
  return {
    async keep(given) {
      for (const record of given)
        if (!records.some(({ id, project }) => id === record.id && project === record.project)) records.push(record);
      records.sort((a, b) => a.at - b.at);
    },
    async recall({ project, session, provider, since, question }, limit) {
      const asked = new Set(termsOf(`${question.prompt} ${question.surroundings}`).filter((term) => term.length > 3));
      const fit = ({ text }: MemoryRecord) => new Set(termsOf(text).filter((term) => asked.has(term))).size;
      return records
        .filter((record) => record.project === project && record.session !== session && record.at >= since)
        .filter((record) => record.allowed.includes(provider) && fit(record) > 1)
        .sort((a, b) => fit(b) - fit(a))
        .slice(0, limit);
    },
    list: async (what) => records.filter(meaning(what)),
    forget: async (what) => ({ records: remove(meaning(what)), left: [] }),
    async prune(project, before) {
      remove(meaning({ project, before }));
      const left = records.filter(meaning({ project }));
      const surplus = new Set(left.slice(0, Math.max(0, left.length - MOST_RECORDS)));
      remove((record) => surplus.has(record));
    },
    close: async () => {},
  };
}

function meaning({ project, session, ids, before }: Selection): (record: MemoryRecord) => boolean {
  return (record) =>
    (project === undefined || record.project === project) &&
    (session === undefined || record.session === session) &&
    (ids === undefined || ids.includes(record.id)) &&
    (before === undefined || record.at < before);
}
