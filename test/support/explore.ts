import { messageIn } from "../../src/messages/versions.ts";
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
  return { steps, violated: judge(world, scenario) };
}

/** What must hold once nothing is left to do. */
function judge(
  { memos, files, row, did, replaced }: ReturnType<typeof createReconcileWorld>,
  scenario: Scenario,
): string[] {
  const bad: string[] = [];
  const all = [...scenario.first, ...(scenario.later ?? [])];
  const newest = new Map<number, string>();
  const wantedFiles = new Map<number, string>();
  for (const update of all) {
    const message = messageIn(update);
    if (!message) continue;
    newest.set(message.message_id, message.text ?? message.caption ?? "");
    wantedFiles.set(message.message_id, message.document?.file_name ?? "");
  }
  const tops = memos().filter(({ parent }) => parent === undefined);
  const [top] = tops;
  const { known, notices } = row();
  if (did.deleted) return tops.length > 1 ? ["two memos"] : [];
  if (tops.length !== 1 || !top) return [`${tops.length} memos`];
  if (known.memo_name !== top.name) bad.push("its name is not known");
  const comments = memos().filter(({ parent }) => parent === top.name);
  const squeezed = (text: string) => text.replace(/\s/g, "");
  const said = squeezed([top, ...comments].map(({ content }) => content).join(""));
  const wanted = squeezed([...newest.values()].join(""));
  const bound = top.attachments.map(({ filename }) => filename).filter((name) => name !== "theirs");
  const names = [...wantedFiles.values()].filter((name) => name !== "");
  if (did.changed) {
    const isEdit = (scenario.later ?? []).some(({ edited_message }) => edited_message);
    const late = squeezed(newest.get(8) ?? wanted);
    const wasSaid = squeezed(replaced()).includes(isEdit ? wanted : late);
    if (!wasSaid && (isEdit ? notices === 0 : !said.includes(late))) bad.push("words lost");
  } else {
    if (said !== wanted) bad.push(`it says "${said}"`);
    if (notices > 0) bad.push("told without cause");
    if (!did.deletedFile && bound.toSorted().join() !== names.toSorted().join())
      bad.push(`it holds ${bound}`);
  }
  if (new Set(bound).size < bound.length) bad.push("a file is there twice");
  if (did.addedFile && !top.attachments.some(({ filename }) => filename === "theirs"))
    bad.push("their file is gone");
  if (files().some(({ memo }) => memo === undefined)) bad.push("a file lies around");
  return bad;
}
