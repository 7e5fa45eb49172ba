import { unitsOf } from './units.ts';

/**
 * What stands in many prompts and tells little of what is wanted, by language: the commonest first. A script without
 * blanks has phrases here, of which pairs of characters are made.
 */
const LISTS = [
  // English
  `the a to in of this it is for and i you that on with my we me be are can do what how from at so not have an please if
  or all there was as by some will should could would want need our your just but now here then why does which these those
  them let more see when where new out up into only also get make use any file code function like one no tell give show
  take put look using write add change fix find check explain line good better short help know work works still maybe
  thanks hi hey well than about its im id ive dont cant whats`,
  // German
  `die der das und in den zu ist ein eine mir ich du mit für auf es von dem des nicht im dass bitte wie was diese dieser
  dieses diesen wir kannst man kann soll auch an bei aus hier wenn wird sind noch so nur mal alle um oder einen einem einer
  haben hat ob vom zum zur über warum welche welcher als mich uns dann neue neuen datei code funktion schreib schreibe mach
  mache gib zeig füge ändere finde prüfe gut gute kurz etwas danke`,
  // French
  `le la les de des du un une et à en ce cette ces que qui pour dans je tu moi est il elle on nous vous pas sur avec au aux
  par ne se son sa ses mon ma peux peut si ou plus quand comme dont d l s c j m n qu fais fait faire cela ça veut dire quel
  quelle pourquoi comment merci plaît fichier code fonction ajoute écris mets trouve change tout toute tous`,
  // Spanish
  `el la los las de que y a en un una para por con este esta esto estos estas es me mi se lo al del no si cómo como qué cuál
  puedes puedo quiero hay o más su sus pero cuando donde te le son está favor haz hazme dime porque archivo código función
  escribe agrega añade cambia encuentra todo toda gracias nuevo nueva`,
  // Portuguese
  `o a os as de que e em um uma para por com este esta isto esse essa isso é me meu minha se do da dos das no na nos nas não
  como qual pode posso quero há ou mais mas quando onde te são está favor faça faz porque arquivo código função escreva
  adicione mude encontre todo toda obrigado novo nova você ao à`,
  // Italian
  `il la lo i gli le di che e a in un una per con questo questa questi queste è mi si non come cosa perché puoi posso vorrei
  o più ma quando dove del della dei delle al alla file codice funzione scrivi aggiungi`,
  // Dutch
  `de het een en van in te is dat op voor met niet die dit deze ik je mij me we kun kan moet ook aan bij uit hier als wordt
  zijn nog maar alle om of waarom welke hoe wat bestand code functie schrijf maak voeg`,
  // Polish
  `i w na z do to nie że się jest o po dla ten ta te tego tej co jak mi mnie dlaczego czy proszę możesz lub ale kiedy gdzie
  plik kod funkcja funkcji napisz dodaj zmień`,
  // Turkish
  `bu bir ve için de da ne mi mı ile olan çok daha şu o ben sen var yok nasıl neden lütfen dosya kod`,
  // Russian, Ukrainian
  `и в не на что это с по я мне как для этот эту эти этой этого этом к из у а но мы ты вы он она они бы же то так есть нужно
  нужны надо можешь можно пожалуйста где когда почему какой какая если или все всё сделай сделать тут здесь ещё при до от за
  о об файл код функция функции функцию напиши добавь измени найди ниже очень`,
  `і та в у не на що це з по я мені як для цей цю ці до із а але ми ти ви він вона вони чи є треба можеш будь ласка де коли
  чому який яка якщо або файл код функція функції напиши додай зміни`,
  // Arabic
  `في من إلى على هذا هذه أن ما ماذا هل كيف لماذا لي لنا مع عن أو و لا لم كل فضلك يمكنك أريد نحتاج الذي التي إذا ملف`,
  // Hindi
  `के का की है में को और से यह इस पर एक लिए मुझे क्या कैसे क्यों कृपया करो करें फ़ाइल कोड`,
  // Vietnamese
  `là và của cho này các một những có không tôi bạn hãy với trong được ở từ như thế nào gì tại sao tệp mã hàm`,
  // Chinese
  `的 了 一下 这个 帮我 请 我 你 是 在 有 和 把 给 为什么 怎么 什么 请帮我 一个 这些 那个 可以 能不能 我想 需要 我们 用 下面 看一下 这段 这份
  这条 一条 一份 如何 吗 文件 代码 函数 比较好 這個 幫我 請 為什麼 怎麼 什麼`,
  // Japanese
  `の を に は が で と て して ください してください これ この その して欲しい したい ですか ます です する した から まで も な い って 何 なに どう
  なぜ 教えて お願いします くれる 書いて ファイル コード 関数 下の`,
  // Korean
  `이 그 저 을 를 은 는 가 에 의 로 으로 해 줘 해줘 해 주세요 하는 좀 수 있 는지 뭐 왜 어떻게 무슨 알려 이것 파일 코드 함수 부탁해 아래`,
  // Thai
  `ที่ และ ใน ของ ให้ หน่อย ช่วย นี้ ได้ ไหม เป็น มี`,
];

/** What the commonest word tells, and the least common of these, where any other word tells 1. */
const LEAST = 0.2;
const MOST = 0.6;

/** What each of these words, and pairs of characters, tells. */
export function weightsOfCommon(): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const list of LISTS) {
    const words = list.split(/\s+/);
    for (const [rank, word] of words.entries()) {
      const weight = LEAST + ((MOST - LEAST) * rank) / words.length;
      for (const unit of unitsOf(word)) weights.set(unit, Math.min(weight, weights.get(unit) ?? MOST));
    }
  }
  return weights;
}
