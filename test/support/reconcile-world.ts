import type { LeftOut } from "../../src/domain/saved.ts";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import type { Memo, MemosClient } from "../../src/memos/client.ts";
import { MemosError } from "../../src/memos/errors.ts";
import { createCompleteJob } from "../../src/saving/complete-job.ts";
import { createTries } from "../../src/saving/create-attempts.ts";
import { createRecord, messagesAt, type Work } from "../../src/saving/job-context.ts";
import { createKeyedMutex } from "../../src/saving/keyed-mutex.ts";
import { createReconcile } from "../../src/saving/reconcile.ts";
import { createReconcileComments } from "../../src/saving/reconcile-comments.ts";
import { createReconcileFiles } from "../../src/saving/reconcile-files.ts";
import { createFixTerms } from "../../src/saving/terms.ts";
import type { Finish, Known, LeasedJob } from "../../src/store/queue/jobs.ts";

// One job, a Memos in memory, and a disk that may lose what was not synced. What happens at each step is chosen from
// outside, so that every way can be gone.

/** Chooses one of `count` ways at a step; 0 is the one in which nothing goes wrong. */
export type Choose = (what: string, ways: readonly string[]) => string;

export interface Scenario {
  readonly name: string;
  /** Accepted at first, as Telegram sent them. */
  readonly first: readonly TelegramUpdate[];
  /** Each comes at any moment, in this order. */
  readonly later?: readonly TelegramUpdate[];
  readonly chosen?: boolean;
  /** What the server takes, in bytes; `lowered` from some moment on. */
  readonly limit?: number;
  readonly lowered?: number;
  /** What a person may do in Memos. */
  readonly person?: readonly ("changes" | "deletes" | "deletes a file" | "adds a file")[];
}

class Killed extends Error {}

interface Row {
  known: Known;
  updates: LeasedJob["updates"][number][];
  isOpen: boolean;
  linked: number[];
  notices: number;
}

const TIME = new Date("2026-11-22T12:00:00Z");
const ACCOUNT = "users/alice";

export function createReconcileWorld(scenario: Scenario, choose: Choose) {
  const { chosen = false, limit: firstLimit = 8192 } = scenario;
  let limit = firstLimit;
  let monotonic = 1_000_000;
  let numbered = 0;
  let seq = 0;
  const later = [...(scenario.later ?? [])];
  const person = [...(scenario.person ?? [])];
  const memos = new Map<string, Memo>();
  const files = new Map<string, { name: string; filename: string; size: number; memo?: string }>();
  const did = { changed: false, deleted: false, deletedFile: false, addedFile: false };
  /** What the person wrote over. */
  let replaced = "";
  /** Whether the memo was read since they did: a change between our look and our write is a window that stays. */
  let wasSeen = false;

  const accept = (row: Row, update: TelegramUpdate): Row => {
    seq += 1;
    const message_id = (update.message ?? update.edited_message)?.message_id ?? null;
    return {
      ...row,
      updates: [...row.updates, { seq, message_id, received_at: seq, update }],
      isOpen: true,
    };
  };
  const blank: Row = {
    known: {
      settings: { tags: [], formatting: "as_typed", source_line: true, language: "en" },
      form: { limit, memos: "0.30.0", writer: "0.0.0-source" },
      n: 0,
      tried: null,
      written: null,
      covered: 0,
      memo_name: null,
      old_plan: null,
    },
    updates: [],
    isOpen: true,
    linked: [],
    notices: 0,
  };
  /** The first is on the disk, the last is what the program sees. */
  let disk: Row[] = [scenario.first.reduce(accept, blank)];
  const row = () => disk.at(-1) as Row;
  function commit(change: (row: Row) => Row, { synced }: { synced: boolean }): void {
    const next = change(row());
    disk = synced ? [next] : [...disk, next];
  }

  /** Between any two steps: the person, Telegram, a kill, a power cut. */
  function between(): void {
    const ways = ["nothing", "kill"];
    if (disk.length > 1) ways.push("power cut");
    if (later.length > 0) ways.push("an update comes");
    if (scenario.lowered !== undefined && limit !== scenario.lowered) ways.push("the limit is lowered");
    const top = [...memos.values()].find((memo) => memo.parent === undefined);
    if (top) ways.push(...person.filter((what) => canDo(what, top)));
    const way = choose("between", ways);
    switch (way) {
      case "nothing":
        return;
      case "kill":
        throw new Killed();
      case "power cut":
        disk = disk.slice(0, 1);
        throw new Killed();
      case "an update comes":
        commit((now) => accept(now, later.shift() as TelegramUpdate), { synced: true });
        return;
      case "the limit is lowered":
        limit = scenario.lowered ?? limit;
        return;
      default:
        act(way, top as Memo);
    }
  }

  function canDo(what: string, { attachments }: Memo): boolean {
    return what !== "deletes a file" || attachments.length > 0;
  }

  function act(what: string, top: Memo): void {
    person.splice(person.indexOf(what as never), 1);
    switch (what) {
      case "changes":
        did.changed = true;
        replaced = top.content;
        wasSeen = false;
        memos.set(top.name, { ...top, content: "theirs" });
        return;
      case "deletes":
        did.deleted = true;
        for (const [name, memo] of memos)
          if (name === top.name || memo.parent === top.name) memos.delete(name);
        for (const [name, file] of files) if (file.memo === top.name) files.delete(name);
        return;
      case "deletes a file": {
        did.deletedFile = true;
        const [file] = top.attachments;
        files.delete(file?.name ?? "");
        bind(top.name);
        return;
      }
      case "adds a file":
        did.addedFile = true;
        files.set("attachments/theirs", {
          name: "attachments/theirs",
          filename: "theirs",
          size: 1,
          memo: top.name,
        });
        bind(top.name);
        return;
      default:
        throw new Error(`unknown: ${what}`);
    }
  }

  /** One call: between two steps, and with what may become of its answer. */
  async function call<T>(what: string, work: () => T, { writes = false } = {}): Promise<T> {
    between();
    const ways = writes ? ["well", "answer lost", "not done"] : ["well"];
    switch (choose(what, ways)) {
      case "answer lost":
        work();
        throw new MemosError("timeout", "lost");
      case "not done":
        throw new MemosError("server", "no");
      default:
        return work();
    }
  }

  const missing = () => new MemosError("not_found", "no such thing");
  function memoNamed(name: string): Memo {
    const memo = memos.get(name);
    if (!memo) throw missing();
    return memo;
  }
  /** The list of a memo follows from its files. */
  function bind(name: string): Memo {
    const memo = memoNamed(name);
    const attachments = [...files.values()].filter((file) => file.memo === name).map(fileOf);
    const bound = { ...memo, attachments };
    memos.set(name, bound);
    return bound;
  }
  const fileOf = (file: { name: string; filename: string; size: number; memo?: string }) =>
    ({ ...file, type: "text/plain", createTime: TIME.toISOString() }) as Memo["attachments"][number];

  function put(
    id: string,
    draft: { content: string; attachments: readonly string[] },
    parent?: string,
  ): Memo {
    if (Buffer.byteLength(draft.content) > limit) throw new MemosError("content_too_long", "too long");
    numbered += 1;
    const name = chosen ? `memos/s${numbered}` : `memos/${id}`;
    if (memos.has(name)) throw new MemosError("exists", "there");
    if (parent !== undefined) memoNamed(parent);
    memos.set(name, {
      name,
      creator: ACCOUNT,
      content: draft.content,
      visibility: "PRIVATE",
      state: "NORMAL",
      pinned: false,
      createTime: TIME.toISOString(),
      updateTime: TIME.toISOString(),
      attachments: [],
      ...(parent !== undefined && { parent }),
    });
    for (const file of draft.attachments) {
      const found = files.get(file);
      if (!found) throw new MemosError("server", "no such file");
      files.set(file, { ...found, memo: name });
    }
    return bind(name);
  }

  const client = {
    info: async () => ({
      version: "0.30.0",
      contentLimitBytes: limit,
      memoIds: chosen ? "servers" : "ours",
      fileIds: chosen ? "servers" : "ours",
    }),
    forgetInfo: () => undefined,
    getMemo: (_: unknown, name: string) =>
      call(`GET ${name}`, () => {
        wasSeen = true;
        return memoNamed(name);
      }),
    createMemo: (_: unknown, draft: { id: string; content: string; attachments: string[] }) =>
      call("POST memo", () => put(draft.id, draft), { writes: true }),
    createComment: (
      _: unknown,
      parent: string,
      draft: { id: string; content: string; attachments: string[] },
    ) => call("POST comment", () => put(draft.id, draft, parent), { writes: true }),
    updateMemo: (_: unknown, name: string, patch: { content?: string }) =>
      call(
        "PATCH",
        () => {
          const memo = memoNamed(name);
          if (memo.content === "theirs" && patch.content !== undefined) {
            if (wasSeen) throw new Error("their words written over");
            did.changed = false;
          }
          if (Buffer.byteLength(patch.content ?? "") > limit)
            throw new MemosError("content_too_long", "too long");
          memos.set(name, { ...memo, content: patch.content ?? memo.content });
          return memoNamed(name);
        },
        { writes: true },
      ),
    deleteMemo: (_: unknown, name: string) =>
      call("DELETE memo", () => void memos.delete(name), { writes: true }),
    finishMemo: (_: unknown, memo: Memo, { attachments }: { attachments: string[] }) =>
      call(
        "bind files",
        () => {
          for (const name of attachments) {
            const found = files.get(name);
            if (!found) throw new MemosError("server", "no such file");
            files.set(name, { ...found, memo: memo.name });
          }
          return bind(memo.name);
        },
        { writes: true },
      ),
    findMade: (_: unknown, __: string, draft: { content: string }) =>
      call("look for memos", () =>
        [...memos.values()].filter((memo) => memo.parent === undefined && memo.content === draft.content),
      ),
    findMadeComments: async () => [],
    listComments: (_: unknown, name: string) =>
      call("list comments", () => {
        memoNamed(name);
        return [...memos.values()].filter((memo) => memo.parent === name);
      }),
    getAttachment: (_: unknown, name: string) =>
      call(`GET ${name}`, () => {
        const found = files.get(name);
        if (!found) throw missing();
        return fileOf(found);
      }),
    deleteAttachment: (_: unknown, name: string) =>
      call(
        "DELETE file",
        () => {
          const memo = files.get(name)?.memo;
          if (!files.delete(name)) throw missing();
          if (memo !== undefined && memos.has(memo)) bind(memo);
        },
        { writes: true },
      ),
  };

  const uploads = {
    overLimit: (): LeftOut | null => null,
    exists: (_: Work, name: string) => client.getAttachment(null, name).then(() => true, noneWhereMissing),
    find: (_: Work, { filename, memo }: { filename: string; memo: string | null }) =>
      call("look for files", () => {
        const isFree = (file: { memo?: string }) => file.memo === undefined || file.memo === memo;
        return [...files.values()].find((file) => file.filename === filename && isFree(file))?.name;
      }),
    async bring(
      work: Work,
      file: { id: string; filename: string },
      how: { memo: string | null; look: boolean },
    ) {
      const earlier = how.look ? await uploads.find(work, { ...file, memo: how.memo }) : undefined;
      if (earlier !== undefined) return earlier;
      return call(
        "upload",
        () => {
          numbered += 1;
          const name = chosen ? `attachments/s${numbered}` : `attachments/${file.id}`;
          if (files.has(name)) throw new MemosError("exists", "there");
          if (how.memo !== null) memoNamed(how.memo);
          files.set(name, {
            name,
            filename: file.filename,
            size: 1,
            ...(how.memo !== null && { memo: how.memo }),
          });
          if (how.memo !== null) bind(how.memo);
          return name;
        },
        { writes: true },
      );
    },
    remove: (_: Work, name: string) => client.deleteAttachment(null, name).then(undefined, noneWhereMissing),
  };

  const lease = { job_id: 1 };
  const jobs = {
    note(_: unknown, patch: Partial<Known>): void {
      between();
      commit((now) => ({ ...now, known: { ...now.known, ...patch } }), { synced: true });
      between();
    },
    claim(_: unknown, { memo_name }: { memo_name: string }): boolean {
      commit((now) => ({ ...now, known: { ...now.known, memo_name } }), { synced: false });
      between();
      return true;
    },
    finish(_: unknown, { written, tried, memo_name, covered = 0, links, owed }: Finish): "done" | "again" {
      between();
      const isOpen = row().updates.some((update) => update.seq > covered);
      const ended = { ...row().known, covered, tried: tried ?? null };
      commit(
        (now) => ({
          ...now,
          isOpen,
          known: {
            ...ended,
            written: written ?? now.known.written,
            memo_name: memo_name ?? now.known.memo_name,
          },
          linked: links?.map(({ message_id }) => message_id) ?? now.linked,
          notices:
            now.notices +
            (owed?.filter(({ method, promise }) => method === "sendMessage" && promise === "notice").length ??
              0),
        }),
        {
          synced: choose("how it ends", ["its confirmation is sent", "the chat rests"]) !== "the chat rests",
        },
      );
      return isOpen ? "again" : "done";
    },
  };

  /** One run of the program, from its start to its end. */
  async function run(): Promise<"ended" | "killed"> {
    const tries = createTries(() => monotonic);
    const links = { messagesOf: () => row().linked };
    const memosClient = client as unknown as MemosClient;
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const reconcile = createReconcile({
      memos: memosClient,
      bindings: { told: () => undefined },
      links,
      fixTerms: createFixTerms({
        findPlace: async () => ({ parent: null, quote: "all", refused: null }),
        uploads,
        now: () => 1,
      }),
      files: createReconcileFiles({ memos: memosClient, uploads: uploads as never, tries }),
      comments: createReconcileComments({ memos: memosClient, tries }),
      tries,
      visibilityOf: async () => "PRIVATE",
      memoMutex: createKeyedMutex(),
    });
    const complete = createCompleteJob({
      jobs: jobs as never,
      links,
      reserve: () => undefined,
      memoUrl: () => null,
      log,
    });
    let fresh = isFirstRun;
    isFirstRun = false;
    for (let tried = 0; tried < 30; tried += 1) {
      if (!row().isOpen) {
        if (later.length > 0) {
          commit((now) => accept(now, later.shift() as TelegramUpdate), { synced: true });
          continue;
        }
        return "ended";
      }
      const work = workOf(fresh);
      fresh = false;
      try {
        const end = await reconcile(work);
        if (end.kind === "saved") complete.saved(work, end);
        else if (end.kind === "kept") complete.kept(work, end.want, end.why);
        else if (end.kind === "nothing") complete.nothing(work, end.why);
        else monotonic += 200_000;
        between();
      } catch (error) {
        if (error instanceof Killed) return "killed";
        if (!(error instanceof MemosError)) throw error;
        monotonic += 200_000;
      }
    }
    throw new Error("it never ends");
  }
  let isFirstRun = true;

  function workOf(fresh: boolean): Work {
    const now = row();
    const job = {
      id: 1,
      kind: scenario.first.length > 1 || scenario.later ? "album" : "message",
      message_id: 7,
      job_key: "7",
      chat_id: 5,
      telegram_id: 5,
      reason: null,
      detail: null,
      wish: null,
      created_at: 0,
      ...now.known,
    };
    const leased = { lease, job, snoozes: 0, fresh, updates: now.updates } as unknown as LeasedJob;
    return {
      leased,
      record: createRecord(jobs as never, leased),
      identity: {
        id_key: "00".repeat(32),
        bot_id: 1,
        server: "https://memos.example.org",
        account: ACCOUNT,
        id_name: ACCOUNT,
        chat_id: 5,
        job_key: "7",
      },
      binding: { account: ACCOUNT, created_at: 0, confirmation: "reply" } as Work["binding"],
      token: null as never,
      bot: { id: 1, username: null },
      current: messagesAt(leased),
      texts: textsIn("en"),
      signal: new AbortController().signal,
    };
  }

  return {
    /** Until nothing is left to do. */
    async play(): Promise<void> {
      for (let starts = 0; (await run()) === "killed"; starts += 1) {
        if (starts > 20) throw new Error("it never ends");
      }
    },
    memos: () => [...memos.values()],
    files: () => [...files.values()],
    row,
    did,
    replaced: () => replaced,
  };
}

function noneWhereMissing(error: unknown): false {
  if (error instanceof MemosError && error.kind === "not_found") return false;
  throw error;
}
