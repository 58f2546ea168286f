import { Readable } from "node:stream";
import { createKeyedMutex } from "../../src/base/keyed-mutex.ts";
import { Secret } from "../../src/base/secret.ts";
import type { RequestedAction } from "../../src/domain/job.ts";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import type { Memo } from "../../src/memos/client.ts";
import { MemosError } from "../../src/memos/errors.ts";
import type { SavingContext } from "../../src/saving/context.ts";
import { memoIdOf } from "../../src/saving/desired.ts";
import { createMessageWorker } from "../../src/saving/message-worker.ts";
import type { Finish, Known, LeasedJob } from "../../src/store/queue/jobs.ts";

// The work on one message, or two that say the same, a Memos in memory, and a disk that may lose what was not synced. What
// happens at each step is chosen from outside, so that every way can be gone.

/** Chooses one of `count` ways at a step; 0 is the one in which nothing goes wrong. */
type Choose = (what: string, ways: readonly string[]) => string;

export interface Scenario {
  readonly name: string;
  /** Accepted at first, as Telegram sent them. */
  readonly first: readonly TelegramUpdate[];
  /** Each comes at any moment, in this order. */
  readonly later?: readonly TelegramUpdate[];
  /** Another message says the same. */
  readonly twin?: boolean;
  /** The button that is pressed once all is done. */
  readonly press?: RequestedAction;
  /** What an older version, which wrote other Markdown, made of it and was ended then. */
  readonly older?: string;
  readonly chosen?: boolean;
  /** So many uploads are refused, after the sender's patience is over. */
  readonly refusedFiles?: number;
  /** What the server takes, in bytes; `lowered` from some moment on. */
  readonly limit?: number;
  readonly lowered?: number;
  /** What a person may do in Memos. */
  readonly person?: readonly (
    | "changes"
    | "deletes"
    | "deletes a file"
    | "adds a file"
    | "deletes the parent"
  )[];
}

class Killed extends Error {}

interface Row {
  known: Known;
  updates: LeasedJob["updates"][number][];
  requested_action: RequestedAction | null;
  isOpen: boolean;
  linked: number[];
  notices: number;
}

interface Stored {
  name: string;
  filename: string;
  size: number;
  of: string;
  memo?: string;
}

const TIME = new Date("2026-11-22T12:00:00Z");
const ACCOUNT = "users/alice";
const SERVER = "https://memos.example.org";
const IDENTITY = {
  id_key: "00".repeat(32),
  bot_id: 1,
  server: SERVER,
  id_name: ACCOUNT,
  chat_id: 5,
  job_key: "7",
};
const memoOf = (name: string, content: string): Memo => ({
  name,
  creator: ACCOUNT,
  content,
  visibility: "PRIVATE",
  state: "NORMAL",
  pinned: false,
  tags: [],
  createTime: TIME.toISOString(),
  updateTime: TIME.toISOString(),
  attachments: [],
});
/** The memo of the message that is replied to. */
const PARENT = "memos/parent";

export function createReconcileWorld(scenario: Scenario, choose: Choose) {
  const { chosen = false, limit: firstLimit = 8192 } = scenario;
  let limit = firstLimit;
  let monotonic = 1_000_000;
  let numbered = 0;
  let seq = 0;
  let { refusedFiles = 0 } = scenario;
  const later = [...(scenario.later ?? [])];
  const person = [...(scenario.person ?? [])];
  const memos = new Map<string, Memo>();
  /** `of`: the file whose bytes it has. */
  const files = new Map<string, Stored>();
  const did = {
    changed: false,
    deleted: false,
    deletedFile: false,
    addedFile: false,
    deletedParent: false,
    pressed: false,
  };
  const violated: string[] = [];
  /** Calls that were given up, and that the server carries out after the next job is done. */
  let under_way: (() => void)[] = [];
  let isKilled = false;
  let press = scenario.press;
  const isReply = scenario.first.some(({ message }) => message?.reply_to_message);
  /** What the person wrote over. */
  let replaced = "";
  /** Whether the memo was read since they did: a change between our look and our write is a window that stays. */
  let wasSeen = false;

  const accept = (row: Row, update: TelegramUpdate): Row => {
    seq += 1;
    const message_id = (update.message ?? update.edited_message)?.message_id ?? null;
    return {
      ...row,
      updates: [...row.updates, { seq, update_id: String(seq), message_id, received_at: seq, update }],
      isOpen: true,
    };
  };
  const blank: Row = {
    known: {
      settings: { tags: [], formatting: "as_typed", source_line: true, language: "en" },
      form: { limit, memos: "0.30.0" },
      id_generation: 0,
      tried: null,
      written: null,
      covered: 0,
      memo_name: null,
      old_plan: null,
    },
    updates: [],
    requested_action: null,
    isOpen: true,
    linked: [],
    notices: 0,
  };
  const first = scenario.first.reduce(accept, blank);
  /** The first is on the disk, the last is what the program sees: a row for each job. */
  let disk: Row[][] = [[first, ...(scenario.twin ? [scenario.first.reduce(accept, blank)] : [])]];
  const rows = () => disk.at(-1) as Row[];
  const rowOf = (id: number) => rows()[id - 1] as Row;
  function commit(id: number, change: (row: Row) => Row, { synced }: { synced: boolean }): void {
    const next = rows().with(id - 1, change(rowOf(id)));
    disk = synced ? [next] : [...disk, next];
  }
  function kill(): never {
    isKilled = true;
    throw new Killed();
  }

  /** Between any two steps: the person, Telegram, a kill, a power cut. */
  function between(): void {
    if (isKilled) throw new Killed();
    const ways = ["nothing", "kill"];
    if (disk.length > 1) ways.push("power cut");
    if (later.length > 0) ways.push("an update comes");
    if (scenario.lowered !== undefined && limit !== scenario.lowered) ways.push("the limit is lowered");
    const top = ours().at(0);
    ways.push(...person.filter((what) => canDo(what, top)));
    const way = choose("between", ways);
    switch (way) {
      case "nothing":
        return;
      case "kill":
        kill();
        return;
      case "power cut":
        disk = disk.slice(0, 1);
        kill();
        return;
      case "an update comes":
        commit(1, (now) => accept(now, later.shift() as TelegramUpdate), { synced: true });
        return;
      case "the limit is lowered":
        limit = scenario.lowered ?? limit;
        return;
      default:
        act(way, top as Memo);
    }
  }

  /** Memos of messages, without what goes on with them. */
  const ours = () =>
    [...memos.values()].filter(
      ({ name, parent }) => name !== PARENT && (parent === undefined || parent === PARENT),
    );

  function canDo(what: string, top: Memo | undefined): boolean {
    if (what === "deletes the parent") return top === undefined;
    return top !== undefined && (what !== "deletes a file" || top.attachments.length > 0);
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
      case "deletes the parent":
        did.deletedParent = true;
        memos.delete(PARENT);
        return;
      case "adds a file":
        did.addedFile = true;
        files.set("attachments/theirs", {
          name: "attachments/theirs",
          filename: "theirs",
          size: 1,
          of: "theirs",
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
    // A window stays where the server chooses ids, and where an edit does away with what is still being made.
    const isLasting = what === "POST memo" || (writes && what !== "PATCH" && !scenario.later);
    if (!chosen && isLasting) ways.push("carried out late");
    switch (choose(what, ways)) {
      case "carried out late":
        under_way.push(work);
        throw new MemosError("timeout", "late");
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
  const fileOf = ({ of: _, ...file }: Stored) =>
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
    memos.set(name, { ...memoOf(name, draft.content), ...(parent !== undefined && { parent }) });
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
      serverNames: { memos: chosen, files: chosen },
    }),
    freshInfo: () => client.info(),
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
            if (wasSeen && !did.pressed) violated.push("their words written over");
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
    findMade: (_: unknown, __: string, { parent, content }: { parent: string | null; content: string }) =>
      call("look for memos", () =>
        [...memos.values()].filter((memo) => (memo.parent ?? null) === parent && memo.content === content),
      ),
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
    whoAmI: async () => ({ name: ACCOUNT, username: "alice" }),
    defaultVisibility: async () => "PRIVATE",
    findAttachments: (_: unknown, search: { filenames: string[]; size: number }) =>
      call("look for files", () =>
        [...files.values()]
          .filter(({ filename, size }) => search.filenames.includes(filename) && size === search.size)
          .map(fileOf),
      ),
    createAttachment: (_: unknown, draft: { id: string; filename: string; size: number; memo?: string }) =>
      call(
        "upload",
        () => {
          const { id, filename, size, memo } = draft;
          if (refusedFiles > 0) {
            refusedFiles -= 1;
            throw new MemosError("server", "no storage");
          }
          numbered += 1;
          const name = chosen ? `attachments/s${numbered}` : `attachments/${id}`;
          if (files.has(name)) throw new MemosError("exists", "there");
          if (memo !== undefined) memoNamed(memo);
          files.set(name, { name, filename, size, of: id, ...(memo !== undefined && { memo }) });
          if (memo !== undefined) bind(memo);
          return fileOf(files.get(name) as Stored);
        },
        { writes: true },
      ),
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

  const stood = (name: string, content: string) => memos.set(name, memoOf(name, content));
  if (isReply) stood(PARENT, "the memo of before");
  if (scenario.older !== undefined) stood(`memos/${memoIdOf(IDENTITY, 0)}`, scenario.older);

  type Lease = LeasedJob["lease"];
  /** After anything but success time passes. */
  function putOff(): void {
    if (isKilled) throw new Killed();
    monotonic += 200_000;
  }
  const jobs = {
    note({ job_id }: Lease, patch: Partial<Known>): void {
      between();
      commit(job_id, (now) => ({ ...now, known: { ...now.known, ...patch } }), { synced: true });
      between();
    },
    claim({ job_id }: Lease, { memo_name }: { memo_name: string }): boolean {
      if (rows().some(({ known }, at) => at + 1 !== job_id && known.memo_name === memo_name)) return false;
      commit(job_id, (now) => ({ ...now, known: { ...now.known, memo_name } }), { synced: false });
      between();
      return true;
    },
    finish({ job_id }: Lease, end: Finish): "done" | "again" {
      const { written, tried, memo_name, covered = 0, links, owed = [] } = end;
      between();
      const isNewer = rowOf(job_id).updates.some(({ seq }) => seq > covered);
      const isOpen = isNewer || end.rest !== undefined;
      const notices = owed.filter(({ method, promise }) => method === "sendMessage" && promise === "notice");
      const known = {
        covered,
        tried: tried ?? null,
        ...(written && { written }),
        ...(memo_name && { memo_name }),
      };
      const change = (now: Row): Row => ({
        ...now,
        isOpen,
        requested_action: null,
        known: { ...now.known, ...known },
        linked: links?.map(({ message_id }) => message_id) ?? now.linked,
        notices: now.notices + notices.length,
      });
      const rests =
        choose("how it ends", ["its confirmation is sent", "the chat rests"]) === "the chat rests";
      commit(job_id, change, { synced: !rests });
      carryOutLate();
      return isOpen ? "again" : "done";
    },
    putOff,
    handBack: putOff,
    bury: (_: Lease, { detail }: { detail: string }) => {
      putOff();
      violated.push(`given up: ${detail}`);
      return "dead";
    },
    get: () => ({
      id: 9,
      chat_id: 5,
      memo_name: PARENT,
      parent_name: null,
      state: "done",
      server: SERVER,
      account: ACCOUNT,
    }),
  };

  function carryOutLate(): void {
    const calls = under_way;
    under_way = [];
    for (const late of calls) {
      try {
        late();
      } catch (error) {
        if (!(error instanceof MemosError)) throw error;
      }
    }
  }

  const binding = {
    telegram_id: 5,
    server: SERVER,
    account: ACCOUNT,
    state: "active",
    memos_version: "0.30.0",
    created_at: 0,
    confirmation: "reply",
  };
  function contextOf(): SavingContext {
    const told = (_: string, { error }: { error?: unknown } = {}) => {
      if (error && !(error instanceof MemosError || error instanceof Killed))
        violated.push(`thrown: ${error}`);
    };
    const context = {
      botId: 1,
      bot: IDENTITY,
      memos: { ...client, server: SERVER },
      files: {
        open: async (_: string, size: number) => ({
          size,
          bytes: () => Readable.from(["x"]),
          close: async () => undefined,
        }),
      },
      store: {
        jobs,
        bindings: {
          withToken: () => ({ binding, token: new Secret("t") }),
          get: () => binding,
          accepted() {},
        },
        messageJobs: {
          messagesOf: (id: number) => rowOf(id).linked,
          of: () => jobs.get(),
        },
        chats: {
          homeOf: (id: number) => id,
          of: () => undefined,
          isGivenTo: () => false,
          confirmationIn: () => binding.confirmation,
        },
        admission: { isAllowed: () => true },
      },
      textsFor: () => textsIn("en"),
      urls: { memoUrl: () => null },
      reserve: () => undefined,
      breaker: { report() {} },
      concurrency: { measure: (making: () => unknown) => making() },
      memoMutex: createKeyedMutex(),
      clock: { now: () => 1, monotonic: () => monotonic },
      clockIsRight: () => true,
      random: () => 0,
      log: { debug() {}, info() {}, warn: told, error() {} },
    };
    return context as unknown as SavingContext;
  }

  /** One run of the program, from its start to its end. */
  async function run(isFirst: boolean): Promise<"ended" | "killed"> {
    const work = createMessageWorker(contextOf());
    const fresh = new Set(
      isFirst && scenario.older === undefined
        ? rows()
            .keys()
            .map((at) => at + 1)
        : [],
    );
    for (let tried = 0; tried < 40; tried += 1) {
      const open = [...rows().keys()].filter((at) => rowOf(at + 1).isOpen).map((at) => at + 1);
      // After a failure others have their turn.
      const id = open[tried % open.length];
      if (id === undefined) {
        const { notices } = rowOf(1);
        if (later.length > 0)
          commit(1, (now) => accept(now, later.shift() as TelegramUpdate), { synced: true });
        else if (press !== undefined && notices > 0) {
          const requested_action = press;
          press = undefined;
          did.pressed = true;
          commit(1, (now) => ({ ...now, isOpen: true, requested_action, notices: 0 }), { synced: true });
        } else return "ended";
        continue;
      }
      try {
        await work(leasedOf(id, fresh.delete(id)), new AbortController().signal);
        between();
      } catch (error) {
        if (error instanceof Killed) return "killed";
        throw error;
      }
    }
    throw new Error("it never ends");
  }

  function leasedOf(id: number, fresh: boolean): LeasedJob {
    const { known, updates, requested_action } = rowOf(id);
    const isAlbum = scenario.first.length > 1 || (scenario.later ?? []).some(({ message }) => message);
    const job = {
      id,
      kind: isAlbum ? "album" : "message",
      message_id: 7,
      job_key: `${6 + id}`,
      chat_id: 5,
      telegram_id: 5,
      server: SERVER,
      account: ACCOUNT,
      id_name: ACCOUNT,
      reason: null,
      detail: null,
      requested_action,
      attempts: 0,
      first_failed_at: null,
      created_at: 0,
      ...known,
    };
    const failingSince = scenario.refusedFiles ? monotonic - 3_600_000 : monotonic;
    const lease = { job_id: id, failingSince, begunAt: monotonic };
    return { lease, job, snoozes: 0, fresh, updates } as unknown as LeasedJob;
  }

  return {
    /** Until nothing is left to do. */
    async play(): Promise<void> {
      for (let starts = 0; (await run(starts === 0)) === "killed"; starts += 1) {
        if (starts > 20) throw new Error("it never ends");
        isKilled = false;
        monotonic += 10_000;
      }
      carryOutLate();
    },
    /** Of the messages, and what goes on with them. */
    memos: () => [...memos.values()].filter(({ name }) => name !== PARENT),
    ours,
    files: () => [...files.values()],
    rows,
    did,
    violated,
    replaced: () => replaced,
  };
}
