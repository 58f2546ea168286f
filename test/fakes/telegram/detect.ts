import type { Entity } from "./entities.ts";

// A subset of the world's top-level domains: all of two letters and the usual longer ones.
const longDomains = new Set(
  (
    "com net org info biz name pro edu gov mil int aero asia cat coop jobs mobi museum post tel travel xxx " +
    "app dev blog shop store online site website space tech cloud page link live life news today world zone " +
    "academy agency art audio band bank bar beer bike bio blue boutique build builders business cafe camera camp " +
    "care career center chat church city clinic club codes coffee community company computer cool design digital " +
    "direct directory dog domains earth email energy engineer events expert express family farm finance fit " +
    "foundation fun fund gallery games garden gift global gold green group guide guru health help host hosting house " +
    "icu ink institute international kitchen land law legal limited ltd marketing media menu money movie network " +
    "ninja nyc one ong party photo photography photos pictures pizza plus press productions red rent report " +
    "restaurant review reviews rip rocks run sale school science services show social software solar solutions " +
    "studio style support systems team tips tools top tours town toys training tube university vip video vision " +
    "vote voyage watch wedding wiki win wine work works wtf xyz yoga berlin london moscow paris tokyo рф онлайн"
  ).split(" "),
);
const shortDomains = new Set(
  (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd " +
    "cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf " +
    "gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km " +
    "kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz " +
    "na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg " +
    "sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc " +
    "ve vg vi vn vu wf ws ye yt za zm zw"
  ).split(" "),
);
const shortNames = new Set(["gif", "nft", "pic", "ufc", "vid"]);

const tag = "[\\p{L}\\p{N}_·\\u200c]";
const mention = /(?<![\p{L}\p{N}_/])@([A-Za-z0-9_]{3,32})(?![\p{L}\p{N}_])/gu;
const command = /(?<![\p{L}\p{N}_/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\p{L}\p{N}_/<>])/gu;
const hashtag = new RegExp(`(?<!${tag})#(${tag}{1,256})(?:@[A-Za-z0-9_]{3,32})?(?!#)`, "gu");
const cashtag = new RegExp(
  `(?<![${tag.slice(1, -1)}$])\\$(?:1INCH|[A-Z]{1,8})(?![${tag.slice(1, -1)}$])`,
  "gu",
);
const email =
  /(?<![\p{L}\p{N}_.+-])[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,63}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,8}(?![\p{L}\p{N}_@-])/gu;
const phone = /(?<![\p{L}\p{N}_+])\+\d{7,15}(?![\p{L}\p{N}_])/gu;
const card = /(?<![\p{L}\p{N}_.,+-])\d(?:[ -]?\d){12,18}(?![\p{L}\p{N}_])/gu;
const internal = /(?<![\p{L}\p{N}_])(?:tg|ton):\/\/[A-Za-z0-9_-]{1,253}(?:[/?#][^\s<>"«»]*)?/giu;
const url =
  /(?<![\p{L}\p{N}_@.$#/:-])(?:(https?|ftp|tonsite):\/\/(?:[^\s/?#@<>"«»]{1,128}@)?)?((?:[\p{L}\p{N}_~-]{1,63}\.)+[\p{L}\p{N}_-]{1,63})(:\d{1,5}(?!\d))?((?:[/?#][^\s<>"«»]*)?)/giu;

/** Finds what Telegram makes links of by itself. Sorted, never overlapping; an earlier start wins. */
export function detectEntities(text: string): Entity[] {
  const found: Entity[] = [];
  const add = (type: string, offset: number, length: number) => found.push({ offset, length, type });

  for (const match of text.matchAll(url)) {
    const length = urlLength(match);
    if (length > 0) add("url", match.index, length);
  }
  for (const match of text.matchAll(internal)) add("url", match.index, trimmedLength(match[0]));
  for (const match of text.matchAll(email)) add("email", match.index, match[0].length);
  for (const match of text.matchAll(mention)) {
    const name = match[1] ?? "";
    if (name.length > 3 || shortNames.has(name.toLowerCase())) add("mention", match.index, match[0].length);
  }
  for (const match of text.matchAll(command)) add("bot_command", match.index, match[0].length);
  for (const match of text.matchAll(hashtag)) {
    if (/\p{L}/u.test(match[1] ?? "")) add("hashtag", match.index, match[0].length);
  }
  for (const match of text.matchAll(cashtag)) add("cashtag", match.index, match[0].length);
  for (const match of text.matchAll(phone)) add("phone_number", match.index, match[0].length);
  for (const match of text.matchAll(card)) {
    if (isCard(match[0])) add("bank_card_number", match.index, match[0].length);
  }

  found.sort((a, b) => a.offset - b.offset || b.length - a.length);
  const kept: Entity[] = [];
  for (const entity of found) {
    const last = kept.at(-1);
    if (!last || last.offset + last.length <= entity.offset) kept.push(entity);
  }
  return kept;
}

function urlLength(match: RegExpMatchArray): number {
  const [whole = "", protocol, host = "", port = "", path = ""] = match;
  const isAddress = /^(\d{1,3}\.){3}\d{1,3}$/.test(host);
  const domain = host.slice(host.lastIndexOf(".") + 1).toLowerCase();
  if (isAddress) {
    if (host.split(".").some((part) => Number(part) > 255)) return 0;
  } else if (protocol) {
    if (domain.length < 2 || /[_-]/.test(domain) || /^\d+$/.test(domain)) return 0;
  } else if (!shortDomains.has(domain) && !longDomains.has(domain)) return 0;
  const head = whole.length - port.length - path.length;
  if (port !== "" && (Number(port.slice(1)) < 1 || Number(port.slice(1)) > 65535)) return head;
  return head + port.length + trimmedLength(path);
}

/** Leaves out closing punctuation, and brackets that were not opened inside. */
function trimmedLength(path: string): number {
  let end = path.length;
  const opened: string[] = [];
  const closing: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
  for (let i = 0; i < path.length; i++) {
    const c = path.charAt(i);
    if ("([{".includes(c)) opened.push(c);
    const wanted = closing[c];
    if (wanted === undefined) continue;
    if (opened.at(-1) !== wanted) {
      end = i;
      break;
    }
    opened.pop();
  }
  while (end > 0 && ".:;,('?!`".includes(path.charAt(end - 1))) end--;
  return path === "/" ? 1 : end;
}

function isCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, "")].map(Number);
  if (![13, 14, 15, 16, 18, 19].includes(digits.length)) return false;
  const sum = digits.reverse().reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit : digit * 2;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
