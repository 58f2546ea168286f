import { createHmac } from "node:crypto";
import { eq } from "drizzle-orm";
import { Secret } from "../../base/secret.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Absence, Receive } from "../../domain/receive.ts";
import type { StoreContext } from "../db/database.ts";
import { bots } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";

export type Bot = typeof bots.$inferSelect;

/** What Telegram sends with each delivery. It follows from the bot's key, so that no other change touches it. */
export const webhookSecretOf = (bot: Pick<Bot, "id_key">): Secret => derived(bot, "webhook");

/** The end of the address that Memos' webhooks call. */
export const memosWebhookSecretOf = (bot: Pick<Bot, "id_key">): Secret => derived(bot, "memos webhook");

const derived = ({ id_key }: Pick<Bot, "id_key">, what: string) =>
  new Secret(createHmac("sha256", Buffer.from(id_key, "hex")).update(what).digest("base64url"));

const HOUR_MS = 3_600_000;
/** After a week without updates Telegram goes on at a random id: one just below a stored offset would be lost. */
const QUIET_MS = 6 * 24 * HOUR_MS;
/** Telegram keeps updates for 24 hours: who was away longer than this may have missed some. */
const AWAY_MS = 23 * HOUR_MS;
const KEPT_MS = 24 * HOUR_MS;

/** What is known of the bot whose token this run has. */
export function createBots(context: StoreContext) {
  const { database, encryption, clock, botId: bot_id } = context;
  const { drizzle } = database;
  const change = (values: Partial<typeof bots.$inferInsert>) =>
    drizzle.update(bots).set(values).where(eq(bots.bot_id, bot_id)).run();
  const find = (): Bot | undefined => database.statements.bot.get({ bot_id });

  return {
    /** Undefined before the first start. */
    find,
    /** All that ever used this database. */
    ids: (): number[] =>
      drizzle
        .select({ bot_id: bots.bot_id })
        .from(bots)
        .all()
        .map(({ bot_id }) => bot_id),
    /** The row of this bot; made at its first start, with the key that `makeIdKey` gives. */
    ensure: (makeIdKey: () => string): Bot =>
      database.durable(
        () => find() ?? drizzle.insert(bots).values({ bot_id, id_key: makeIdKey() }).returning().get(),
      ),
    /** The next `offset` of getUpdates; null asks without one, which confirms nothing. */
    offset(): number | null {
      const { heard_at = null, next_offset = null } = find() ?? {};
      const quiet = heard_at !== null && clock.now() - heard_at > QUIET_MS;
      return quiet ? null : next_offset;
    },
    /** Polling begins without an offset, so that nothing is confirmed that was not polled. */
    setReceive: (receive: Receive): void =>
      void change({ receive, ...(receive.mode === "polling" && { next_offset: null }) }),
    /** The one that an older version made and stored; Telegram may send it until it was told the one of today. */
    storedWebhookSecret(): Secret | null {
      const sealed = find()?.webhook_secret;
      return sealed == null ? null : new Secret(encryption.open(sealed, `webhook secret of ${bot_id}`));
    },
    forgetStoredWebhookSecret: (): void => void change({ webhook_secret: null }),
    /**
     * Updates come in now. After an absence, and with `words`, that is noted, and people are owed what they say, as
     * one: nothing is said twice, or never, whenever the process ends.
     */
    seen: (now: number, words: ((absence: Absence) => readonly Owed[]) | null): Absence | null =>
      database.durable(() => {
        const before = find()?.last_poll_at ?? now;
        change({ last_poll_at: now });
        if (words === null || now - before <= AWAY_MS) return null;
        const absence = { from: before, until: now, lostBefore: now - KEPT_MS };
        change({ absence });
        owe(context, words(absence));
        return absence;
      }),
    /** The last time that updates did not come in for too long. */
    lastAbsence: (): Absence | null => find()?.absence ?? null,
  };
}
