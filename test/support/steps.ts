// Counts the steps that work takes, on any machine the same: those of every regular expression, by a matcher that goes
// back as the specification says, and what the methods of strings and lists go through.

type Next = (at: number) => number;
type Matcher = (at: number, next: Next) => number;

const FAILED = -1;
const identity: Next = (at) => at;

/** What is being read, and how much of it was looked at. */
const run = { text: "", steps: 0, captures: [] as (readonly [number, number] | undefined)[] };

const isOneOf = new Map<string, Map<string, boolean>>();

/** Whether a character is of a class, as the engine itself has it. */
function tester(source: string, flags: string): (character: string) => boolean {
  const key = `${source}/${flags}`;
  const known = isOneOf.get(key) ?? new Map<string, boolean>();
  isOneOf.set(key, known);
  const pattern = new RegExp(`^(?:${source})$`, flags);
  return (character) => {
    const before = known.get(character);
    if (before !== undefined) return before;
    const is = nativeExec.call(pattern, character) !== null;
    known.set(character, is);
    return is;
  };
}

const nativeExec = RegExp.prototype.exec;

/** Reads a pattern; `back` within a lookbehind, where all is matched from its end. */
function compile(source: string, flags: string): Matcher {
  const isUnicode = flags.includes("u");
  const own = flags.replaceAll(/[gym]/g, "");
  let at = 0;
  let groups = 0;
  const names = new Map<string, number>();

  function character(of: string, back: boolean): Matcher {
    const is = tester(of, own);
    return (from, next) => {
      run.steps += 1;
      const { text } = run;
      const start = back ? from - (isUnicode && isPair(text, from - 2) ? 2 : 1) : from;
      const end = back ? from : from + (isUnicode && isPair(text, from) ? 2 : 1);
      if (start < 0 || end > text.length || !is(text.slice(start, end))) return FAILED;
      return next(back ? start : end);
    };
  }

  function alternatives(back: boolean): Matcher {
    const all = [sequence(back)];
    while (source[at] === "|") {
      at += 1;
      all.push(sequence(back));
    }
    if (all.length === 1) return all[0] ?? ((from, next) => next(from));
    return (from, next) => {
      for (const one of all) {
        const end = one(from, next);
        if (end !== FAILED) return end;
      }
      return FAILED;
    };
  }

  function sequence(back: boolean): Matcher {
    let all: Matcher = (from, next) => next(from);
    while (at < source.length && source[at] !== "|" && source[at] !== ")") {
      const [before, term] = [all, quantified(back)];
      all = back
        ? (from, next) => term(from, (end) => before(end, next))
        : (from, next) => before(from, (end) => term(end, next));
    }
    return all;
  }

  function quantified(back: boolean): Matcher {
    const first = at;
    const term = atom(back);
    const isOne = source[first] !== "(";
    const found = nativeExec.call(/^(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/, source.slice(at));
    if (!found) return term;
    at += found[0].length;
    const [sign = "", min, comma, max, lazy] = found;
    const least = min === undefined ? (sign[0] === "+" ? 1 : 0) : Number(min);
    const bound = min === undefined ? sign[0] === "?" : comma === "" || max !== "";
    const most = bound ? Number(max || min || 1) : Number.POSITIVE_INFINITY;
    if (lazy === "?") return (from, next) => lazily(term, from, 0, next);
    if (!isOne) return (from, next) => greedily(term, from, 0, next);
    return (from, next) => {
      const places = [from];
      while (places.length <= most) {
        const end = term(places.at(-1) ?? from, identity);
        if (end === FAILED) break;
        places.push(end);
      }
      for (let count = places.length - 1; count >= least; count -= 1) {
        run.steps += 1;
        const end = next(places[count] ?? from);
        if (end !== FAILED) return end;
      }
      return FAILED;
    };

    function greedily(of: Matcher, from: number, count: number, next: Next): number {
      run.steps += 1;
      if (count < most) {
        const end = of(from, (to) =>
          to === from && count >= least ? FAILED : greedily(of, to, count + 1, next),
        );
        if (end !== FAILED) return end;
      }
      return count >= least ? next(from) : FAILED;
    }

    function lazily(of: Matcher, start: number, begun: number, next: Next): number {
      for (let [from, count] = [start, begun]; ; count += 1) {
        run.steps += 1;
        const end = count >= least ? next(from) : FAILED;
        if (end !== FAILED || count >= most) return end;
        const to = of(from, identity);
        if (to === FAILED || to === from) return FAILED;
        from = to;
      }
    }
  }

  function atom(back: boolean): Matcher {
    const sign = source[at] ?? "";
    if (sign === "(") return group(back);
    if (sign === "[") {
      const [whole = ""] = nativeExec.call(/^\[(?:\\.|[^\\\]])*\]/, source.slice(at)) ?? [];
      at += whole.length;
      return character(whole, back);
    }
    if (sign === "^" || sign === "$") {
      at += 1;
      const isMany = flags.includes("m");
      return (from, next) => {
        run.steps += 1;
        const isEdge = sign === "^" ? from === 0 : from === run.text.length;
        const beside = run.text[sign === "^" ? from - 1 : from];
        return isEdge || (isMany && /[\n\r\u2028\u2029]/.test(beside ?? "")) ? next(from) : FAILED;
      };
    }
    if (sign !== "\\") {
      const [whole = ""] = nativeExec.call(isUnicode ? /^[\s\S]/u : /^[\s\S]/, source.slice(at)) ?? [];
      at += whole.length;
      return character(whole, back);
    }
    const escaped = /^\\(?:p\{[^}]*\}|P\{[^}]*\}|u\{[^}]*\}|u[\da-f]{4}|k<(\w+)>|([1-9])|[\s\S])/i;
    const [whole = "", name, number] = nativeExec.call(escaped, source.slice(at)) ?? [];
    at += whole.length;
    if (whole === "\\b") throw new Error("\\b is not counted yet");
    const of = number === undefined ? names.get(name ?? "") : Number(number);
    if (of === undefined) return character(whole, back);
    return (from, next) => {
      const [start, end] = run.captures[of] ?? [0, 0];
      const said = run.text.slice(start, end);
      run.steps += said.length + 1;
      const to = back ? from - said.length : from + said.length;
      const there = run.text.slice(Math.min(from, to), Math.max(from, to));
      return there === said ? next(to) : FAILED;
    };
  }

  function group(back: boolean): Matcher {
    const opening = /^\((?:\?(?::|=|!|<=|<!|<(\w+)>))?/;
    const [whole = "", name] = nativeExec.call(opening, source.slice(at)) ?? [];
    at += whole.length;
    const number = whole === "(" || name !== undefined ? ++groups : 0;
    if (name !== undefined) names.set(name, number);
    const looksBack = whole.startsWith("(?<") && name === undefined;
    const isLook = looksBack || whole === "(?=" || whole === "(?!";
    const inner = alternatives(isLook ? looksBack : back);
    at += 1;
    if (isLook) {
      const wanted = !whole.endsWith("!");
      return (from, next) => ((inner(from, identity) !== FAILED) === wanted ? next(from) : FAILED);
    }
    if (number === 0) return inner;
    return (from, next) => {
      const before = run.captures[number];
      const end = inner(from, (to) => {
        run.captures[number] = [Math.min(from, to), Math.max(from, to)];
        return next(to);
      });
      if (end === FAILED) run.captures[number] = before;
      return end;
    };
  }

  return alternatives(false);
}

const isPair = (text: string, at: number) => (text.codePointAt(at) ?? 0) > 0xffff;

const compiled = new Map<string, Matcher>();

/** Adds the steps by which a pattern finds `found`, or nothing. */
function countMatch(pattern: RegExp, text: string, from: number, found: RegExpExecArray | null): void {
  const key = `${pattern.source}/${pattern.flags}`;
  const matcher = compiled.get(key) ?? compile(pattern.source, pattern.flags);
  compiled.set(key, matcher);
  const isSticky = pattern.flags.includes("y");
  const isAnchored = /^\^[^|]*$/.test(pattern.source) && !pattern.flags.includes("m");
  run.text = text;
  for (let at = from; at <= text.length; at += 1) {
    run.steps += 1;
    run.captures = [];
    const end = matcher(at, identity);
    if (end !== FAILED) {
      if (found?.index !== at || found[0].length !== end - at) throw new Error(`${key} is counted wrongly`);
      return;
    }
    if (isSticky || isAnchored) break;
  }
  if (found) throw new Error(`${key} is counted wrongly`);
}

type Methods = Record<string, (this: { readonly length: number }, ...given: never[]) => unknown>;

/** What goes through all of what it is called on. */
const WHOLE: readonly [object, string][] = [
  [String.prototype, "split replaceAll toWellFormed indexOf lastIndexOf includes trim trimEnd trimStart"],
  [
    Array.prototype,
    "filter map flatMap find findLast findIndex findLastIndex some every includes indexOf reduce toSorted sort join",
  ],
  [Object.getPrototypeOf(Uint8Array.prototype), "some includes indexOf find every"],
];
/** What goes through as much as it makes. */
const PARTS: readonly [object, string][] = [
  [String.prototype, "slice repeat"],
  [Array.prototype, "slice"],
];

/** The steps that `work` takes. */
export function stepsOf(work: () => unknown): number {
  const undo: (() => void)[] = [];
  let isOurs = false;
  const ours = (count: () => void) => {
    if (isOurs) return;
    isOurs = true;
    count();
    isOurs = false;
  };
  const replace = (
    of: object,
    name: string,
    costs: (on: { length: number }, made: unknown, given: unknown[]) => number,
  ) => {
    const methods = of as Methods;
    const native = methods[name];
    if (!native) throw new Error(`there is no ${name}`);
    undo.push(() => Object.defineProperty(of, name, { value: native, writable: true, configurable: true }));
    const value = function (this: { length: number }, ...given: never[]) {
      const made = native.apply(this, given);
      ours(() => {
        run.steps += costs(this, made, given);
      });
      return made;
    };
    Object.defineProperty(of, name, { value, writable: true, configurable: true });
  };
  run.steps = 0;
  for (const [of, names] of WHOLE)
    for (const name of names.split(" ")) replace(of, name, ({ length }) => length);
  for (const [of, names] of PARTS)
    for (const name of names.split(" ")) replace(of, name, (_, made) => (made as string).length);
  replace(Object.getPrototypeOf(Uint8Array.prototype), "fill", ({ length }, _, [, from = 0, to = length]) =>
    Math.max(0, Math.min(Number(to), length) - Number(from)),
  );
  RegExp.prototype.exec = function (text) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = nativeExec.call(this, text);
    ours(() => countMatch(this, text, from, found));
    return found;
  };
  undo.push(() => {
    RegExp.prototype.exec = nativeExec;
  });
  try {
    work();
  } finally {
    for (const one of undo.reverse()) one();
  }
  return run.steps;
}
