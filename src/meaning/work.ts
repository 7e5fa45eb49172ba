import { isPaired, runsOf } from './units.ts';

/**
 * Words for work on code, by kind and in the languages of `common-words.ts`. Who asks for a summary of a log and who asks
 * to delete it name the same thing: what two prompts have in common does not tell them apart, and these words do.
 * `delet-` is a stem with at most three letters behind it. Words that are as often a noun (`test`, `build`, `commit`,
 * `changes`) are missing, and so are those for showing and telling, which stand in any question.
 */
const KINDS: Readonly<Record<string, string>> = {
  make: `add adds added adding implement- create creates creating write writes writing generat- introduc- insert-
    füge hinzufügen ergänz- erstell- implementier- schreib- erzeug- ajout- implément- crée créer écri- génèr- génér-
    agreg- añad- crea crear escrib- genera generar adiciona adicione adicionar cria criar crie escrev- gere gerar
    acrescent- aggiung- scriv- inserisc- voeg maak schrijf dodaj utwórz napisz добав- созда- реализ- напиш- сгенер- додай
    створ- أضف أنشئ اكتب نفذ ekle oluştur yaz जोड़ो बनाओ लिखो thêm 添加 增加 新增 加上 创建 新建 实现 生成 写 追加 作成 実装 書い 書き 추가
    생성 만들 구현 작성 เพิ่ม สร้าง เขียน`,
  remove: `delet- remov- erase drop drops lösch- entfern- supprim- effac- retire retirer enlev- enlèv- borra borrar elimin-
    quita quitar apag- exclu- cancella cancellare rimuov- verwijder- usuń удали удалить убери убрать видали прибери احذف أزل
    sil kaldır हटाओ xóa 删除 删掉 去掉 移除 削除 消して 삭제 지워 제거 ลบ`,
  undo: `revert reverts undo undoes rückgängig annul- deshaz- deshac- revierte revertir desfaz- desfaça reverta reverter
    annulla annullare ongedaan cofnij откати откатить отмени отменить скасуй تراجع 撤销 撤回 回滚 还原 取り消 元に戻 되돌려 취소`,
  change: `replac- renam- convert- rewrit- refactor- adjust- edit edits modify modifies ändere ändern ersetz- benenn-
    umbenenn- wandle modifi- remplac- renomm- cambia cambiar modific- reemplaz- renombr- convier- mude mudar altera altere
    substitu- renomei- sostitu- rinomin- wijzig- vervang- hernoem- zmień zamień измени изменить замени заменить переимен-
    поменя- заміни зміни غير استبدل حول اجعل değiştir dönüştür बदलो đổi 修改 改成 改为 更改 替换 重命名 重构 换成 変更 置き換え 置換 変えて
    변경해 바꿔 바꾸 교체 เปลี่ยน`,
  move: `move moves moved moving copy copies extract- split splits merge verschieb- kopier- teile trenn- fusionier- déplac-
    copie copier extrais fusionn- mueve mueva mover copia copiar extrae divide fusion- mova extraia sposta spostare estrai
    verplaats- przenieś skopiuj перемест- перенес- скопир- вынес- раздели объедин- انقل انسخ قسم ادمج taşı böl 移动 移到 复制
    拆分 拆成 合并 提取 移動 コピー 分割 分けて 統合 抽出 이동 옮겨 복사 나눠 나누 병합 ย้าย`,
  fix: `fix fixes fixed fixing repair- solve solves debug prevent- avoid- handle handles beheb- reparier- löse corrig- répar-
    arregl- corrij- repara reparar soluciona consert- corregg- ripara herstel napraw исправ- почин- устрани виправ- أصلح عالج
    düzelt ठीक sửa 修复 修正 修好 解决 直し 解決 고쳐 고치 수정 해결 ซ่อม`,
  run: `run runs running start starts restart- execut- launch- publish- push open opens opened close closes stop stops starte
    starten öffne öffnen schließ- veröffentlich- lance lancer exécut- ouvre ouvrir ferme fermer publie démarr- ejecut- lanza
    abre abrir cierra cerrar execute executa rode rodar feche fechar esegu- apri chiudi uruchom otwórz zamknij запусти
    запустить открой открыть закрой закрыть опублик- запуст- شغل افتح أغلق انشر çalıştır kapat चलाओ chạy 运行 启动 打开 关闭 部署
    推送 実行 起動 開い 閉じ 실행 열어 닫아 배포 푸시 รัน`,
  update: `updat- upgrad- bump bumps aktualisier- mets actualis- actualiz- atualiz- aggiorn- zaktualizuj обнови обновить
    повысь онови حدث güncelle 更新 升级 升到 アップデート アップグレード 업데이트 올려 อัปเดต`,
  order: `sort sorts sorting sortier- trie trier ordena ordenar ordina ordinare sorteer отсорт- відсорт- رتب sırala 排序 并べ替え
    並べ替え 정렬 เรียง`,
  judge: `review reviews audit- benchmark- 审查 レビュー 리뷰`,
};

/** A prompt that asks for work for which no example of a route asks, maybe besides, counts half for that route. */
const OTHER_WORK = 0.5;

const STEM_ENDING = 3;
const LONGEST_UNSPACED = 8;

const words = new Map<string, string>();
const stems = new Map<string, string>();
for (const [kind, list] of Object.entries(KINDS)) {
  for (const entry of list.split(/\s+/)) {
    const [form = ''] = runsOf(entry);
    (entry.endsWith('-') ? stems : words).set(form, kind);
  }
}

/** The kinds of work that a text names. */
export function kindsOfWork(text: string): ReadonlySet<string> {
  return new Set(runsOf(text).flatMap((run) => (isPaired(run) ? kindsWithin(run) : (kindOf(run) ?? []))));
}

/** What of its likeness counts of a prompt that asks for this work, for a route of these examples. */
export function shareOf(asked: ReadonlySet<string>, examples: readonly { work: ReadonlySet<string> }[]): number {
  const isUsual = (kind: string) => examples.some(({ work }) => work.has(kind));
  return [...asked].every(isUsual) ? 1 : OTHER_WORK;
}

function kindOf(word: string): string | undefined {
  let kind = words.get(word);
  for (let ending = 0; ending <= STEM_ENDING && kind === undefined; ending += 1) {
    kind = stems.get(word.slice(0, word.length - ending));
  }
  return kind;
}

function kindsWithin(run: string): string[] {
  const kinds: string[] = [];
  for (let from = 0; from < run.length; from += 1) {
    for (let length = 1; length <= LONGEST_UNSPACED; length += 1) {
      const kind = words.get(run.slice(from, from + length));
      if (kind !== undefined) kinds.push(kind);
    }
  }
  return kinds;
}
