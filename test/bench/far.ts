// A Memos behind a slow network: there the more is done at once, the faster it goes.
import { posted } from "./ceiling.ts";
import { backlogOf, drain, type Executables, type Figure, type Progress } from "./figures.ts";

/** Of so many chats the texts are. */
const CHATS = 50;
/** There and back. */
const FAR_MS = 100;
/** As many as a Memos nearby is fastest with. */
const AT_ONCE = 4;

export async function far(
  { memoferry }: Executables,
  { runs, texts }: { runs: number; texts: number },
  progress: Progress,
): Promise<Figure[]> {
  const servers = { farMs: FAR_MS };
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let run = 1; run <= runs; run += 1) {
    progress(`a backlog, Memos far away ${run} of ${runs}`);
    ours.push((await drain(memoferry, { texts, chats: CHATS, servers })).perText);
    bare.push((await posted(texts, AT_ONCE, servers)).perText);
  }
  return [
    {
      name: `${backlogOf(texts, CHATS)}, Memos ${FAR_MS} ms away: time per text`,
      unit: "ms",
      values: ours,
      floor: bare,
      target: { ratio: 0.7 },
      note: `compared with a client that does nothing but post, ${AT_ONCE} at once`,
    },
  ];
}
