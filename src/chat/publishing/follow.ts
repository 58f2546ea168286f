import { askName, isOwn } from "../../accounts/account-name.ts";
import { createKeyedMutex } from "../../base/keyed-mutex.ts";
import { logger } from "../../base/log.ts";
import type { Changed } from "../../domain/changed.ts";
import { chatAlone } from "../../domain/outgoing.ts";
import { isNarrower } from "../../domain/visibility.ts";
import type { Memo } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import { isRefused, type Post, type WantedPost } from "../../store/publishing/posts.ts";
import type { PublishRule } from "../../store/publishing/publish-rules.ts";
import type { Asker, ChatContext } from "../context.ts";
import { planOf } from "./plan.ts";

/** Memos that were deleted while nobody listened are found by a look at the newest posts, no more often than this. */
const CHECK_MS = 60 * 60_000;
/** So many of the newest posts. */
const CHECKED = 100;

/** An account, as it is asked of Memos. */
type Account = Pick<Asker, "binding" | "token" | "signal">;

/** Makes the jobs that follow from changes in Memos: to publish a memo by a rule, to bring a post up to date. */
export function createFollow(context: ChatContext) {
  const { memos, bindings, posts, publishRules, watched, wantedBell, clock, suspectToken } = context;
  const log = logger("publishing");
  const mutex = createKeyedMutex();
  /** Memos that changed, by account. */
  const names = new Map<number, Set<string>>();
  /** By account: when that was done last, by the monotonic clock. */
  const checkedAt = new Map<number, number>();
  /** Accounts in which something is to be followed; null until it is asked. */
  let followed: ReturnType<typeof watched> | null = null;
  wantedBell.listen(() => {
    followed = null;
  });

  function account(key: number, signal: AbortSignal): Account | undefined {
    const who = accounts().find((one) => one.account === key)?.telegram_id;
    const { binding, token } = bindings.withToken(who ?? 0) ?? {};
    return binding && token && { binding, token, signal };
  }

  /** What follows from a memo as it is now. */
  async function consequences(
    { binding, token, signal }: Account,
    memo: Memo,
    rules: readonly PublishRule[],
  ): Promise<{ wanted: WantedPost[]; changed: Post[] }> {
    const { account_key } = binding;
    const { name: memo_name, visibility } = memo;
    const there = posts.of({ memo_name, account_key });
    const found = await Promise.all(
      there.map(async (post) => ({ post, differs: await differs(post, memo) })),
    );
    // What was refused is wanted again, by a rule, once its memo is another.
    const standing = found.filter(({ post, differs }) => !(differs && isRefused(post)));
    const changed = standing.filter(({ differs }) => differs).map(({ post }) => post);
    const mayGo = visibility === "PUBLIC" && memo.parent === undefined && memo.state === "NORMAL";
    const tags = memo.tags.map((tag) => tag.toLowerCase());
    const wanted = rules
      .filter(({ tag, chat_id }) => {
        const isThere = standing.some(({ post }) => post.chat_id === chat_id);
        return tags.includes(tag.toLowerCase()) && !isThere && !posts.cameFrom({ memo_name }, chat_id);
      })
      .map(({ chat_id, telegram_id }) => ({ account_key, memo_name, chat_id, telegram_id, visibility }));
    // Events tell of others' memos as well.
    const isMeant = mayGo && wanted.length > 0 && (await isOwn(context, { binding, token, memo }, signal));
    return { wanted: isMeant ? wanted : [], changed };
  }

  /** Whether a post is not as its memo is any more. One that was not begun has a job that will. */
  async function differs(post: Post, memo: Memo): Promise<boolean> {
    if (post.parts.length === 0 && !isRefused(post)) return false;
    const isAsked = post.asked === "removed";
    if (isNarrower(memo.visibility, post.visibility) !== isAsked) return true;
    return (await planOf(memo, context.uploadLimitBytes)).contentHash !== post.content_hash;
  }

  const isOpen = ({ parts, asked }: Post) => parts.length > 0 && asked !== "removed";

  /** Looks at one memo, which may be gone. What changed is not known: it counts as changed after every rule. */
  async function lookAt(of: Account, memo_name: string): Promise<void> {
    const { account_key } = of.binding;
    const rules = publishRules.ofAccount(account_key);
    const there = posts.of({ memo_name, account_key });
    if (rules.length === 0 && there.length === 0) return;
    const memo = await memos.lookUpMemo(of.token, memo_name, of.signal);
    const found = memo ? await consequences(of, memo, rules) : { wanted: [], changed: there.filter(isOpen) };
    posts.looked(account_key, null, found);
  }

  async function changedSince({ binding, token, signal }: Account, since: Date): Promise<Memo[]> {
    // Memos may call the account by another name by now.
    const { account } = (await askName(context, binding, token, signal)) ?? binding;
    return memos.changedMemos(token, account, { since }, signal);
  }

  /** Looks at all memos that changed since the last look. The first look finds none. */
  async function lookAround(of: Account): Promise<void> {
    const now = clock.now();
    const { account_key } = of.binding;
    const since = posts.lookedAt(account_key);
    const rules = publishRules.ofAccount(account_key);
    // Who is only told news publishes nothing: Memos need not be asked.
    const isFollowed = rules.length > 0 || posts.newestOf(account_key, 1).length > 0;
    const changes = since !== null && isFollowed ? await changedSince(of, new Date(since)) : [];
    const wanted: WantedPost[] = [];
    const changed: Post[] = [];
    for (const memo of changes.toReversed()) {
      const meant = rules.filter(({ after }) => Date.parse(memo.updateTime) > after);
      const found = await consequences(of, memo, meant);
      wanted.push(...found.wanted);
      changed.push(...found.changed);
    }
    const seen = changes.map(({ name }) => name);
    changed.push(...(await goneOf(of, seen)));
    posts.looked(account_key, now, { wanted, changed });
  }

  /** Posts whose memos are gone, or seen by fewer, since nobody told. */
  async function goneOf(of: Account, seen: readonly string[]): Promise<Post[]> {
    const now = clock.monotonic();
    const { account_key } = of.binding;
    if (now < (checkedAt.get(account_key) ?? Number.NEGATIVE_INFINITY) + CHECK_MS) return [];
    const gone: Post[] = [];
    for (const post of posts.newestOf(account_key, CHECKED)) {
      if (seen.includes(post.memo_name) || !isOpen(post)) continue;
      const memo = await memos.lookUpMemo(of.token, post.memo_name, of.signal);
      if (!memo || (await differs(post, memo))) gone.push(post);
    }
    checkedAt.set(account_key, now);
    return gone;
  }

  async function look(key: number, signal: AbortSignal, isAll: boolean): Promise<void> {
    const noted = names.get(key) ?? new Set();
    if (!isAll) names.delete(key);
    const of = account(key, signal);
    if (!of) return;
    try {
      if (isAll) return await lookAround(of);
      for (const name of noted) await lookAt(of, name);
    } catch (error) {
      if (!isMemosError(error)) throw error;
      const { telegram_id } = of.binding;
      if (error.kind === "token_refused") suspectToken(telegram_id, chatAlone(telegram_id), false);
      // The next look finds it.
      log.debug("what changed in memos was not seen", { account: key, error });
    }
  }

  const lookAgain = (key: number, signal: AbortSignal, isAll: boolean) =>
    mutex(String(key), () => look(key, signal, isAll));

  /** Notes a memo that changed. All that are noted until it is their turn are looked at in one go. */
  async function noteChange(key: number, name: string, signal: AbortSignal): Promise<void> {
    const noted = names.get(key);
    names.set(key, (noted ?? new Set()).add(name));
    if (!noted) await lookAgain(key, signal, false);
  }

  function accounts() {
    followed ??= watched(memos.server);
    return followed;
  }

  return {
    /** Whether anything is followed: most people publish nothing. */
    isNeeded: (): boolean => accounts().length > 0,

    /** Something may have changed in Memos. */
    async changed(change: Changed, signal: AbortSignal): Promise<void> {
      if (change.what === "memos") await lookAgain(change.account, signal, true);
      if (change.what === "memo") await noteChange(change.account, change.name, signal);
    },

    /** A memo was made, changed or deleted by us. */
    async wrote(memo_name: string, signal: AbortSignal): Promise<void> {
      for (const { account: key } of accounts()) await noteChange(key, memo_name, signal);
    },

    /**
     * When a rule begins: all that was changed before it is looked at by the rules there were. Returns the time by Memos'
     * clock, which no memo was changed after. @throws what Memos throws.
     */
    async begin({ binding, token, signal }: Account): Promise<number> {
      const { account_key } = binding;
      return mutex(String(account_key), async () => {
        await lookAround({ binding, token, signal });
        const since = new Date(posts.lookedAt(account_key) ?? clock.now());
        const latest = await changedSince({ binding, token, signal }, since);
        return Math.max(0, ...latest.map(({ updateTime }) => Date.parse(updateTime)));
      });
    },
  };
}
