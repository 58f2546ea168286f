/** How many messages may be saved at once. More of them would take the memory of as many files. */
const STEPS = [1, 2, 3, 4, 6, 8];
/** What a Memos on SQLite is fastest with: another number has to be better by so much, and is left where it is not. */
const USUAL = STEPS.indexOf(4);
const BETTER = 1.2;
const NO_WORSE = 0.9;
/** Creates are measured until their mean is as exact as this, or there are so many; fewer than so many say nothing. */
const EXACT = 0.05;
const ENOUGH = 256;
const FEWEST = 24;
/** After a step that was no good this many measurements pass until the next is tried; each time twice as many. */
const PAUSE = { first: 4, longest: 32 };

export type Concurrency = ReturnType<typeof createConcurrency>;

/**
 * From time to time one step more or fewer is tried, and kept where memos are made faster so. How fast they are made is
 * how many are on their way, divided by how long each takes (Little's law). The law means the average number on their way;
 * the number at each begin is near enough, since a backlog keeps it at the limit. Only the call that creates a memo is
 * timed: uploads count for the limit, but their time depends on the file. A server that changes while a step is tried, or
 * in a pause before, can make that one trial come out wrong; as each step is tried again, a later one puts it right.
 */
export function createConcurrency(now: () => number) {
  let step = USUAL;
  let onTheirWay = 0;
  const none = { count: 0, ms: 0, squares: 0, beside: 0 };
  let measured = none;
  /** What is compared with, while a step is tried. */
  let before: { readonly step: number; readonly speed: number } | undefined;
  let towards: 1 | -1 = 1;
  let pauses: number = PAUSE.first;
  let waits = 0;

  const limit = () => STEPS[step] ?? 1;

  function go(to: number): void {
    step = to;
    measured = none;
  }

  /** The next step in this direction; false where there is none. */
  function tryNext(speed: number): boolean {
    if (STEPS[step + towards] === undefined) return false;
    before = { step, speed };
    go(step + towards);
    return true;
  }

  function decide(speed: number): void {
    measured = none;
    if (before) {
      const isAway = Math.abs(step - USUAL) > Math.abs(before.step - USUAL);
      const isGood = speed >= before.speed * (isAway ? BETTER : NO_WORSE);
      if (!isGood) go(before.step);
      before = undefined;
      if (isGood) {
        pauses = PAUSE.first;
        if (tryNext(speed)) return;
      }
      towards = towards === 1 ? -1 : 1;
      waits = pauses;
      pauses = Math.min(2 * pauses, PAUSE.longest);
    } else if (waits > 0) waits -= 1;
    else if (!tryNext(speed)) towards = towards === 1 ? -1 : 1;
  }

  function took(ms: number, beside: number): void {
    const { count, ms: sum, squares, beside: all } = measured;
    measured = { count: count + 1, ms: sum + ms, squares: squares + ms * ms, beside: all + beside };
    const mean = measured.ms / measured.count;
    const error = Math.sqrt(Math.max(0, measured.squares / measured.count - mean * mean) / measured.count);
    const isExact = measured.count >= FEWEST && error <= EXACT * mean;
    if (isExact || measured.count >= ENOUGH) decide(measured.beside / measured.ms);
  }

  return {
    limit,
    /** Makes a memo, and notes how long that took, but not while there is little to do, or where the step has changed. */
    async measure<T>(making: () => Promise<T>): Promise<T> {
      onTheirWay += 1;
      const [beside, begunWith] = [onTheirWay, step];
      const begunAt = now();
      try {
        const made = await making();
        if (step === begunWith && beside * 2 >= limit()) took(now() - begunAt, beside);
        return made;
      } finally {
        onTheirWay -= 1;
      }
    },
  };
}
