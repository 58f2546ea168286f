import type { Entity } from "./entities.ts";

/** Of the world's top-level domains: all of two letters that are one, and some of the longer ones. */
const domains = new Set(
  (
    "com net org info biz name pro edu gov int app dev blog shop store online site website tech cloud page link live " +
    "news today world zone cafe club email social xyz wiki berlin london paris " +
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd " +
    "cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf " +
    "gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km " +
    "kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz " +
    "na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg " +
    "sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc " +
    "ve vg vi vn vu wf ws ye yt za zm zw"
  ).split(" "),
);

const tag = "[\\p{L}\\p{N}_·\\u200c]";
const mention = /(?<![\p{L}\p{N}_/])@[A-Za-z0-9_]{4,32}(?![\p{L}\p{N}_])/gu;
const command = /(?<![\p{L}\p{N}_/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\p{L}\p{N}_/<>])/gu;
const hashtag = new RegExp(`(?<!${tag})#(${tag}{1,256})(?:@[A-Za-z0-9_]{3,32})?(?!#)`, "gu");
const cashtag = new RegExp(`(?<![${tag.slice(1, -1)}$])\\$[A-Z]{1,8}(?![${tag.slice(1, -1)}$])`, "gu");
const email =
  /(?<![\p{L}\p{N}_.+-])[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,63}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,8}(?![\p{L}\p{N}_@-])/gu;
const phone = /(?<![\p{L}\p{N}_+])\+\d{7,15}(?![\p{L}\p{N}_])/gu;
const url =
  /(?<![\p{L}\p{N}_@.$#/:-])(?:(https?|ftp|tonsite):\/\/(?:[^\s/?#@<>"«»]{1,128}@)?)?((?:[\p{L}\p{N}_~-]{1,63}\.)+[\p{L}\p{N}_-]{1,63})(:\d{1,5}(?!\d))?((?:[/?#][^\s<>"«»]*)?)/giu;

/** Finds what Telegram makes links of by itself. Sorted, never overlapping; an earlier start wins. */
export function detectEntities(text: string): Entity[] {
  const all = (type: string, pattern: RegExp, isMeant: (name: string) => boolean = () => true) =>
    [...text.matchAll(pattern)]
      .filter(([, name = ""]) => isMeant(name))
      .map(({ 0: { length }, index: offset }) => ({ offset, length, type }));
  const found: Entity[] = [
    ...[...text.matchAll(url)].map((match) => ({
      offset: match.index,
      length: urlLength(match),
      type: "url",
    })),
    ...all("email", email),
    ...all("mention", mention),
    ...all("bot_command", command),
    ...all("hashtag", hashtag, (name) => /\p{L}/u.test(name)),
    ...all("cashtag", cashtag),
    ...all("phone_number", phone),
  ].filter(({ length }) => length > 0);

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
  } else if (!domains.has(domain)) return 0;
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
