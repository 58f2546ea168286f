import { systemClock } from "../../src/base/clock.ts";
import type { Secret } from "../../src/base/secret.ts";
import { isObject, readMemo } from "../../src/memos/answers.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { dialectOf } from "../../src/memos/dialects.ts";
import { isMemosError } from "../../src/memos/errors.ts";
import { createMemosHttp } from "../../src/memos/http.ts";
import { renderMarkdown } from "./markdown.ts";

/** A memo as the page shows it. */
export interface ShownMemo {
  readonly name: string;
  readonly html: string;
  readonly content: string;
  readonly visibility: string;
  readonly pinned: boolean;
  readonly time: string;
  readonly tags: readonly string[];
  readonly files: readonly ShownFile[];
}

export interface ShownFile {
  readonly name: string;
  readonly filename: string;
  readonly type: string;
  readonly size: number;
}

/** The memos of one account, read through the server's API as any client would. */
export interface MemosView {
  /** The account's name, once the server was asked. */
  readonly account: string | null;
  readonly version: string | null;
  /** Why the last look failed, or null. The memos are then those of the look before. */
  readonly away: string | null;
  readonly memos: readonly ShownMemo[];
  /** Looks again unless that was just done. Never throws, and waits only a moment for a slow server. */
  refresh(): Promise<void>;
  /** The bytes of a file of these memos. */
  file(attachment: string, signal: AbortSignal): Promise<Response>;
}

const MEMOS_SHOWN = 50;
const PATIENCE_MS = 400;

export function createMemosView(options: {
  readonly url: string;
  readonly token: Secret;
  readonly everyMs: number;
}): MemosView {
  const { url, token, everyMs } = options;
  const http = createMemosHttp({ baseUrl: url, clock: systemClock });
  const client = createMemosClient({ baseUrl: url, clock: systemClock });
  const rendered = new Map<string, string>();
  let account: string | null = null;
  let version: string | null = null;
  let away: string | null = null;
  let memos: ShownMemo[] = [];
  let looking: Promise<void> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    try {
      version ??= (await client.info()).version;
      account ??= (await client.whoAmI(token)).name;
      const id = account.slice("users/".length);
      // 0.26 names its users by number.
      const filter = /^\d+$/.test(id) ? `creator_id == ${id}` : `creator == ${JSON.stringify(account)}`;
      const query = { pageSize: String(MEMOS_SHOWN), filter };
      const answer = await http.call({ method: "GET", path: "/api/v1/memos", query, token });
      memos = (Array.isArray(answer["memos"]) ? answer["memos"] : []).map(shown);
      away = null;
    } catch (error) {
      if (!isMemosError(error)) throw error;
      away = error.message;
    } finally {
      lookedAt = performance.now();
      looking = null;
    }
  }

  function shown(raw: unknown): ShownMemo {
    const memo = readMemo(raw, dialectOf("0.30.0").dialect);
    const tags = isObject(raw) && Array.isArray(raw["tags"]) ? raw["tags"].map(String) : [];
    return {
      name: memo.name,
      html: html(memo.content),
      content: memo.content,
      visibility: memo.visibility,
      pinned: memo.pinned,
      time: memo.createTime,
      tags,
      files: memo.attachments.map(({ name, filename, type, size }) => ({ name, filename, type, size })),
    };
  }

  function html(content: string): string {
    const known = rendered.get(content) ?? renderMarkdown(content);
    rendered.delete(content);
    rendered.set(content, known);
    for (const oldest of rendered.keys()) {
      if (rendered.size <= 4 * MEMOS_SHOWN) break;
      rendered.delete(oldest);
    }
    return known;
  }

  return {
    get account() {
      return account;
    },
    get version() {
      return version;
    },
    get away() {
      return away;
    },
    get memos() {
      return memos;
    },
    async refresh() {
      if (!looking && performance.now() - lookedAt >= everyMs) looking = look();
      if (looking) await Promise.race([looking, Bun.sleep(PATIENCE_MS)]);
    },
    file(attachment, signal) {
      const file = memos.flatMap(({ files }) => files).find(({ name }) => name === attachment);
      if (!file) throw new Error(`there is no file ${attachment} in these memos`);
      return fetch(`${url}/file/${file.name}/${encodeURIComponent(file.filename)}`, {
        headers: { authorization: `Bearer ${token.reveal()}` },
        redirect: "error",
        signal,
      });
    },
  };
}
