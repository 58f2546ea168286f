import { eq } from "drizzle-orm";
import type { Drizzle } from "./database.ts";
import { facts } from "./schema.ts";

/** A single thing to remember, by its name. */
export function fact(drizzle: Drizzle, name: string): string | undefined {
  return drizzle.select().from(facts).where(eq(facts.name, name)).get()?.value;
}

/** Null forgets it. */
export function setFact(drizzle: Drizzle, name: string, value: string | null): void {
  if (value === null) {
    drizzle.delete(facts).where(eq(facts.name, name)).run();
    return;
  }
  drizzle
    .insert(facts)
    .values({ name, value })
    .onConflictDoUpdate({ target: facts.name, set: { value } })
    .run();
}
