import { messageIn } from "../../src/messages/versions.ts";
import { sentName } from "./app.ts";
import { createReconcileWorld, type Scenario } from "./reconcile-world.ts";

/**
 * Goes every way of a scenario in which at most so many things go wrong, each from its beginning. What is violated, with
 * the shortest way that was found to it.
 */
export async function explore(
  scenario: Scenario,
  troubles: number,
): Promise<{ found: Record<string, string[]>; ways: number }> {
  const found: Record<string, string[]> = {};
  /** Which way was chosen at which step; 0 at all others. */
  const open: Map<number, number>[] = [new Map()];
  let ways = 0;
  for (let chosen = open.pop(); chosen; chosen = open.pop()) {
    ways += 1;
    const { steps, violated } = await go(scenario, chosen);
    const last = Math.max(-1, ...chosen.keys());
    const told = steps.filter(({ way }) => way !== 0).map(({ label }) => label);
    for (const what of violated) {
      if ((found[what]?.length ?? Number.POSITIVE_INFINITY) > told.length) found[what] = told;
    }
    if (chosen.size >= troubles) continue;
    for (const [step, { count }] of steps.entries()) {
      if (step <= last) continue;
      for (let way = 1; way < count; way += 1) open.push(new Map([...chosen, [step, way]]));
    }
  }
  return { found, ways };
}

async function go(scenario: Scenario, chosen: ReadonlyMap<number, number>) {
  const steps: { way: number; count: number; label: string }[] = [];
  const world = createReconcileWorld(scenario, (what, ways) => {
    const way = chosen.get(steps.length) ?? 0;
    steps.push({ way, count: ways.length, label: `${steps.length} ${what}: ${ways[way]}` });
    return ways[way] ?? ways[0] ?? "";
  });
  try {
    await world.play();
  } catch (error) {
    return { steps, violated: [`thrown: ${error instanceof Error ? error.message : error}`] };
  }
  return { steps, violated: [...world.violated, ...judge(world, scenario)] };
}

/** What must hold once nothing is left to do. */
function judge(
  { memos, ours, files, rows, did, replaced }: ReturnType<typeof createReconcileWorld>,
  scenario: Scenario,
): string[] {
  const bad: string[] = [];
  const messages = new Map<number, NonNullable<ReturnType<typeof messageIn>>>();
  for (const update of [...scenario.first, ...(scenario.later ?? [])]) {
    const message = messageIn(update);
    if (message) messages.set(message.message_id, message);
  }
  const tops = ours();
  const [top] = tops;
  if (did.deleted && !did.pressed) return tops.length > 1 ? ["two memos"] : [];
  if (tops.length !== rows().length || !top) return [`${tops.length} memos`];
  const named = rows().map(({ known }) => known.memo_name);
  if (tops.some(({ name }) => !named.includes(name))) bad.push("its name is not known");
  const squeezed = (text: string) => text.replace(/\s/g, "");
  const wordsOf = (id: number) => squeezed(messages.get(id)?.text ?? messages.get(id)?.caption ?? "");
  const wanted = [...messages.keys()].map(wordsOf).join("");
  const isTwin = ({ content }: { content: string }) => squeezed(content) === wanted;
  if (scenario.twin && !tops.every(isTwin)) bad.push("they do not say the same");
  const comments = memos().filter(({ parent }) => parent === top.name);
  const said = squeezed([top, ...comments].map(({ content }) => content).join(""));
  const notices = rows()[0]?.notices ?? 0;
  if (scenario.older !== undefined) {
    if (top.content !== scenario.older) bad.push(`it says "${said}"`);
    if (notices !== (scenario.later ?? []).length) bad.push(`${notices} notices`);
    return bad;
  }
  const bound = top.attachments.map(sentName).filter((name) => name !== "theirs");
  const names = [...messages.values()].flatMap(({ document }) => document?.file_name ?? []);
  if (did.changed && !did.pressed) {
    const isEdit = (scenario.later ?? []).some(({ edited_message }) => edited_message);
    const late = messages.has(8) ? wordsOf(8) : wanted;
    const wasSaid = squeezed(replaced()).includes(isEdit ? wanted : late);
    if (!wasSaid && (isEdit ? notices === 0 : !said.includes(late))) bad.push("words lost");
  } else {
    // A reply that could not become a comment tells what it answers.
    if (did.deletedParent ? !said.endsWith(wanted) : said !== wanted) bad.push(`it says "${said}"`);
    const isToBeTold = did.deletedParent || scenario.refusedFiles !== undefined;
    if (notices > (isToBeTold ? 1 : 0)) bad.push("told without cause");
    if (!did.deletedFile && bound.toSorted().join() !== names.toSorted().join())
      bad.push(`it holds ${bound}`);
  }
  const brought = Object.entries(rows()[0]?.known.written?.files ?? {});
  if (
    !did.deletedFile &&
    brought.some(([id, name]) => files().every((file) => file.name !== name || file.of !== id))
  )
    bad.push("a file has the bytes of another");
  if (did.addedFile && !top.attachments.some(({ filename }) => filename === "theirs"))
    bad.push("their file is gone");
  if (files().some(({ memo }) => memo === undefined)) bad.push("a file lies around");
  return bad;
}
