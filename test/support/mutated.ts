import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";

const SAMPLES = join(import.meta.dir, "../fixtures/telegram/updates");

/** Telegram's sample updates of these names. */
const samplesOf = (names: RegExp) =>
  readdirSync(SAMPLES)
    .filter((name) => name.endsWith(".json") && names.test(name))
    .flatMap((name) => [JSON.parse(readFileSync(join(SAMPLES, name), "utf8"))].flat()) as TelegramUpdate[];

const hostile = fc.oneof(
  fc.constantFrom(
    ...["", " ", "\n", "**", "`", "``` x", "| - |", "](u)", "<b>", "</details>", "$5", "# h", "- x"],
    ...["\ud83d", "\u0000", "\u202e", "\u{10AF0}", "1. x", "> q", "[^1]", "~~", "#tag", "x".repeat(4_096)],
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  hostile,
  fc.constantFrom(null, true, 0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER),
  fc.constantFrom<unknown>([], {}, [null], [[]], ["x"], { type: "x" }),
);

/** One value anywhere in it is another. */
function mutate(value: unknown, path: number[], other: unknown): unknown {
  const [step = 0, ...rest] = path;
  if (path.length === 0 || typeof value !== "object" || value === null) return other;
  const keys = Object.keys(value);
  if (keys.length === 0) return other;
  const key = keys[step % keys.length] ?? "";
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key] = mutate(copy[key], rest, other);
  return copy;
}

/** Sample updates in which up to three values are anything else, but for their ids. */
export function mutatedUpdates(names = /./): fc.Arbitrary<TelegramUpdate> {
  const path = fc.array(fc.nat(12), { minLength: 2, maxLength: 8 });
  const changes = fc.array(fc.tuple(path, junk), { minLength: 1, maxLength: 3 });
  return fc.tuple(fc.constantFrom(...samplesOf(names)), changes).map(([sample, all]) => {
    const changed = all.reduce<unknown>((so, [where, other]) => mutate(so, where, other), sample);
    return { ...(changed as TelegramUpdate), update_id: sample.update_id };
  });
}
