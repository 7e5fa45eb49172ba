/** What sessions are made of: words of their own, names of their own, and ways to say that a name has a value. */
export type Vocabulary = {
  /** A sentence of a working day. */
  chatter: (random: () => number) => string;
  name: (random: () => number) => string;
  /** Of four digits, if it is not said. */
  value?: (random: () => number) => string;
  /** No two of them share a word that could be a cue. */
  wordings: Record<string, (fact: { name: string; value: string }) => string>;
  /** Between two sentences. */
  gap: string;
};

const SYLLABLES = 'ba cor del fin gar hul jem kil lon mar nor pel quo ras sil tor ul vex wim yor zan'.split(' ');

function pick<T>(random: () => number, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)]!;
}

function syllables(random: () => number, count: number): string {
  return Array.from({ length: count }, () => pick(random, SYLLABLES)).join('');
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

const humped = (random: () => number) => syllables(random, 2) + capital(syllables(random, 2));

const ENGLISH: Vocabulary['wordings'] = {
  stated: ({ name, value }) => `The value of ${name} is ${value}.`,
  oblique: ({ name, value }) => `Had it not been for ${name} we would never see ${value} come up there.`,
  noted: ({ name, value }) => `${name}: ${value}`,
  told: ({ name, value }) => `After two more looks at what ${name} gives back, ${value} turns up each time.`,
  wordy: ({ name, value }) =>
    `Now that the whole afternoon has gone into one file after another, all that can be said of ${name} is ${value}, whatever anybody may have written beside it.`,
  split: ({ name, value }) => `I have asked ${name} once more. It says ${value} again.`,
};

const SENTENCES = [
  'Let me look at how the pool hands out its connections before anything else is touched',
  'The tests for the parser pass, so the trouble must be further down the road',
  'Reading the file again shows that the loop is left early when the list is empty',
  'It would be simpler to keep the cache where it was and to clear it at the end',
  'That explains why the second call sees an older state than the first one',
  'The types say one thing and the data another, which deserves a closer look',
  'Nothing in the log speaks against it, yet nothing speaks for it either',
  'A retry hides the symptom but leaves the order of the writes as it was',
  'Both branches end in the same function, so one of them can go',
  'The helper is called from three places, and only one of them waits for it',
  'With the lock held for so long the others pile up behind it',
  'Perhaps the import order matters here, because the module has a side effect',
];

const FILES = 'src/order.ts src/settle.ts lib/queue.py app/models/user.rb pkg/http/server.go test/pool.test.ts'.split(
  ' ',
);
const FUNCTIONS = 'handleRequest acquireLock flushQueue parseHeader openCursor'.split(' ');

/** Narration as tools bring it about: in each sentence numbers that are as good as random. */
function measured(random: () => number): string {
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const [file, called] = [pick(random, FILES), pick(random, FUNCTIONS)];
  return pick(random, [
    `Read lines ${upTo(900)} to ${upTo(2_000)} of ${file} in ${upTo(400)} ms.`,
    `The run took ${upTo(90)}.${upTo(9)} s and ${upTo(400)} of ${upTo(2_000)} assertions held.`,
    `At line ${upTo(3_000)} of ${file} the function ${called} is called ${upTo(40)} times.`,
    `Step ${upTo(200)}: ${upTo(99)} matches in ${upTo(30)} files, ${upTo(9)} of them in ${file}.`,
    `So ${called} goes from ${upTo(9_999)} to ${upTo(9_999)} bytes, which is ${upTo(99)} percent less.`,
    `I will look at ${file}:${upTo(999)} next, then run the ${upTo(60)} tests around it again.`,
    `Memory stands at ${upTo(900)} MB after ${upTo(9_999)} iterations of ${called}.`,
  ]);
}

/** Of some thousand words that are the more frequent the shorter their list: as in prose, most sentences hold a rare one. */
function prose(random: () => number): string {
  const word = () => {
    const rank = Math.floor(4_000 ** random());
    return syllablesOf(rank);
  };
  const words = Array.from({ length: 7 + Math.floor(random() * 12) }, word);
  const extra = random();
  if (extra < 0.12) words.splice(3, 0, `\`${syllables(random, 2)}${capital(syllables(random, 2))}()\``);
  else if (extra < 0.24) words.splice(2, 0, String(1 + Math.floor(random() * 60)));
  else if (extra < 0.3) words.splice(5, 0, `${syllables(random, 1)}.${syllables(random, 2)}`);
  return `${capital(words.join(' '))}.`;
}

/** The same word for the same rank. */
function syllablesOf(rank: number): string {
  const count = SYLLABLES.length;
  return [rank % count, Math.floor(rank / count) % count, rank < 60 ? -1 : (rank * 7) % count]
    .map((at) => SYLLABLES[at] ?? '')
    .join('');
}

function logged(random: () => number): string {
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const two = (most: number) => String(upTo(most)).padStart(2, '0');
  const time = `12:${two(59)}:${two(59)}.${upTo(899) + 100}`;
  return pick(random, [
    `[${time}] INFO worker-${upTo(9)} handled job ${upTo(99_999)} in ${upTo(900)} ms.`,
    `[${time}] WARN retry ${upTo(5)} of request ${hexadecimal(random)}.`,
    `At Object.${pick(random, FUNCTIONS)} (/app/${pick(random, FILES)}:${upTo(900)}:${upTo(80)}).`,
    `GET /api/items/${upTo(9_999)} 200 ${upTo(400)} ms.`,
  ]);
}

function hexadecimal(random: () => number): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

const CODE = ['const NAME = await NAME(NAME, NUMBER);', 'if (NAME.NAME === undefined) return NUMBER;'];

function coded(random: () => number): string {
  const line = pick(random, [...CODE, 'for (const NAME of NAME.NAME()) NAME(NAME);', 'export type NAME = NAME<NAME>;']);
  return line
    .replaceAll('NAME', () => (random() < 0.5 ? pick(random, FUNCTIONS) : syllables(random, 2)))
    .replaceAll('NUMBER', () => String(Math.floor(random() * 100)));
}

const COLOURS = 'amber copper crimson hollow marble quiet rusty scarlet silver umber velvet violet'.split(' ');
const THINGS = 'anvil cinder ferry glacier harbor kettle lantern meadow orchard saddle thimble walnut'.split(' ');

export const VOCABULARIES: Record<string, Vocabulary> = {
  'a new name in every sentence': {
    chatter: (random) => `${pick(random, SENTENCES)} in ${humped(random)}.`,
    name: humped,
    wordings: ENGLISH,
    gap: ' ',
  },
  'numbers in every sentence': { chatter: measured, name: humped, wordings: ENGLISH, gap: ' ' },
  'names of two words': {
    chatter: (random) => (random() < 0.5 ? measured(random) : `${pick(random, SENTENCES)}.`),
    name: (random) => `${capital(syllables(random, 2))} ${capital(syllables(random, 2))}`,
    wordings: ENGLISH,
    gap: ' ',
  },
  'dotted names': {
    chatter: (random) => (random() < 0.7 ? measured(random) : `${pick(random, SENTENCES)}.`),
    name: (random) => [syllables(random, 1), syllables(random, 2), syllables(random, 2)].join('.'),
    wordings: ENGLISH,
    gap: ' ',
  },
  German: {
    chatter: (random) =>
      pick(random, [
        'Ich sehe mir zuerst die Verbindung an, bevor ich etwas ändere.',
        'Die Tests laufen durch, also liegt der Fehler anderswo.',
        `In Zeile ${Math.floor(random() * 900)} wird die Schleife ${Math.floor(random() * 60)} Mal durchlaufen.`,
        `Der Lauf hat ${Math.floor(random() * 90)} Sekunden gedauert.`,
        'Das Schloss wird zu früh freigegeben, wie es scheint.',
      ]),
    name: (random) => `${capital(syllables(random, 2))}größe`,
    wordings: {
      stated: ({ name, value }) => `Der Wert von ${name} beträgt ${value}.`,
      oblique: ({ name, value }) => `Offenbar kommt bei ${name} stets ${value} heraus.`,
      told: ({ name, value }) => `${name} hat noch einmal ${value} gemeldet.`,
    },
    gap: ' ',
  },
  Chinese: {
    chatter: (random) =>
      pick(random, [
        '我先看一下连接池是怎么分配连接的。',
        '测试都通过了，所以问题应该在别的地方。',
        `第${Math.floor(random() * 900)}行的循环执行了${Math.floor(random() * 60)}次。`,
        `这次运行用了${Math.floor(random() * 90)}秒。`,
        '接下来再运行一次测试并比较结果。',
      ]),
    name: (random) =>
      pick(random, [...'青赤金银铁石火水木土天地']) +
      pick(random, [...'龙虎鹤鹿马鱼鸟狼熊象']) +
      pick(random, ['阈值', '偏移', '窗口']),
    wordings: {
      stated: ({ name, value }) => `${name}的值是${value}。`,
      oblique: ({ name, value }) => `看起来每次${name}都会得到${value}这个结果。`,
      told: ({ name, value }) => `记住${name}对应${value}。`,
    },
    gap: '',
  },
  Japanese: {
    chatter: (random) =>
      pick(random, [
        'まず接続プールがどう配るかを見てみる。',
        'テストは通るので、問題は別の場所にあるはずだ。',
        `${Math.floor(random() * 900)}行目のループは${Math.floor(random() * 60)}回実行された。`,
        'ロックが早く解放されすぎているようだ。',
      ]),
    name: humped,
    wordings: {
      stated: ({ name, value }) => `${name}の値は${value}です。`,
      oblique: ({ name, value }) => `どうやら${name}では毎回${value}になるようだ。`,
      told: ({ name, value }) => `${name}に由来する数は${value}である。`,
    },
    gap: '',
  },
  'dotted names among prose': {
    chatter: prose,
    name: (random) => [syllables(random, 1), syllables(random, 2), syllables(random, 2)].join('.'),
    wordings: ENGLISH,
    gap: ' ',
  },
  'words among prose': {
    chatter: prose,
    name: (random) => `${pick(random, COLOURS)} ${pick(random, THINGS)}`,
    wordings: ENGLISH,
    gap: ' ',
  },
  'versions among prose': {
    chatter: prose,
    name: (random) => `${syllables(random, 2)}-${syllables(random, 1)}`,
    value: (random) => [9, 40, 90].map((most) => Math.floor(random() * most)).join('.'),
    wordings: ENGLISH,
    gap: ' ',
  },
  'hosts and ports among logs': {
    chatter: logged,
    name: (random) => `${syllables(random, 2)}-${1 + Math.floor(random() * 20)}.internal`,
    value: (random) => String(10_000 + Math.floor(random() * 50_000)),
    wordings: ENGLISH,
    gap: ' ',
  },
  'ids and times among logs': {
    chatter: logged,
    name: hexadecimal,
    value: (random) => `${20 + Math.floor(random() * 9_000)} ms`,
    wordings: ENGLISH,
    gap: ' ',
  },
  'files and lines among code': {
    chatter: coded,
    name: (random) => `src/${syllables(random, 2)}/${syllables(random, 2)}.ts`,
    value: (random) => String(100 + Math.floor(random() * 900)),
    wordings: ENGLISH,
    gap: '\n',
  },
};
