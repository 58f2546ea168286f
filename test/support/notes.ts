import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import type { MapPoint } from "../../src/domain/saved.ts";
import { createMemosClient, type Memo } from "../../src/memos/client.ts";
import { isMemosError } from "../../src/memos/errors.ts";
import type { FakeMemos, StoredMemo } from "../fakes/memos.ts";
import { sentName } from "./app.ts";

/** A memo as its owner finds it, on the stand-in or on a real server. */
export interface Note {
  /** `memos/<uid>` */
  readonly name: string;
  readonly content: string;
  readonly visibility: string;
  readonly state: string;
  readonly pinned: boolean;
  /** RFC 3339, whole seconds. */
  readonly createTime: string;
  readonly location: MapPoint | undefined;
  readonly files: readonly NoteFile[];
}

interface NoteFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What one account has in Memos, and what its owner does there by hand. */
export interface Notes {
  /** Of the server. */
  readonly version: string;
  /** No comments; archived ones too. In the order of their times; real servers give those of one second in any order. */
  memos(): Promise<Note[]>;
  /** In the order of their times, likewise. */
  comments(memo: string): Promise<Note[]>;
  /** Names of files that no memo holds. */
  strayFiles(): Promise<string[]>;
  write(memo: string, content: string): Promise<void>;
  remove(memo: string): Promise<void>;
  /** What the account has chosen for new memos, in the settings of Memos. */
  setDefaultVisibility(visibility: "PRIVATE" | "PROTECTED" | "PUBLIC"): Promise<void>;
}

export function notesInFake(memos: FakeMemos): Notes {
  return {
    version: memos.version,
    memos: async () => byTime(memos.memos().map(storedNote)),
    comments: async (memo) => memos.comments(memo).map(storedNote),
    strayFiles: async () =>
      memos
        .attachments()
        .filter(({ memo }) => memo === undefined)
        .map(({ filename }) => filename),
    write: async (memo, content) => memos.editContent(memo, content),
    remove: async (memo) => memos.deleteMemo(memo),
    setDefaultVisibility: async (visibility) => memos.setDefaultVisibility("alice", visibility),
  };
}

function storedNote({ attachments, ...memo }: StoredMemo): Note {
  const files = attachments.map(({ filename, type, bytes }) => ({
    name: sentName({ filename }),
    type,
    bytes,
  }));
  const { name, content, visibility, state, pinned, createTime, location } = memo;
  return { name, content, visibility, state, pinned, createTime, location, files };
}

/** The account that the access token belongs to; nobody else must write into it meanwhile. */
export function notesOnServer(version: string, url: string, accessToken: string): Notes {
  const client = createMemosClient({ baseUrl: url, clock: systemClock });
  const token = new Secret(accessToken);
  const account = client.whoAmI(token);

  async function noteOf(memo: Memo): Promise<Note> {
    const files = await Promise.all(
      memo.attachments.map(async (file) => ({
        name: sentName(file),
        type: file.type,
        bytes: Buffer.concat(await Array.fromAsync(client.download(token, file))),
      })),
    );
    const { name, content, visibility, state, pinned, createTime, location } = memo;
    return { name, content, visibility, state, pinned, createTime, location, files };
  }

  async function memos(): Promise<Note[]> {
    const { name } = await account;
    const lists = await Promise.all(
      (["NORMAL", "ARCHIVED"] as const).map((state) => client.findMemos(token, name, { state, limit: 1000 })),
    );
    try {
      return byTime(await Promise.all(lists.flat().toReversed().map(noteOf)));
    } catch (error) {
      // Deleted between the list and its files.
      if (isMemosError(error, "not_found")) return memos();
      throw error;
    }
  }

  return {
    version,
    memos,
    async comments(memo) {
      const found = await client.listComments(token, memo);
      return byTime(await Promise.all(found.map(noteOf)));
    },
    async strayFiles() {
      const collection = version < "0.25" ? "resources" : "attachments";
      const answer = await fetch(`${url}/api/v1/${collection}?pageSize=1000`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      const list = ((await answer.json()) as Record<string, ListedFile[]>)[collection] ?? [];
      return list.filter(({ memo }) => !memo).map(({ filename }) => filename);
    },
    async write(memo, content) {
      await client.updateMemo(token, memo, { content });
    },
    remove: (memo) => client.deleteMemo(token, memo),
    async setDefaultVisibility(visibility) {
      const { name } = await account;
      const [path, mask, body] =
        version < "0.25"
          ? [`${name}/setting`, "memo_visibility", { name: `${name}/setting`, memoVisibility: visibility }]
          : [
              `${name}/settings/GENERAL`,
              version < "0.26" ? "memoVisibility" : "memo_visibility",
              { name: `${name}/settings/GENERAL`, generalSetting: { memoVisibility: visibility } },
            ];
      const answer = await fetch(`${url}/api/v1/${path}?updateMask=${mask}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`the setting was not taken: ${answer.status} ${await answer.text()}`);
    },
  };
}

interface ListedFile {
  readonly filename: string;
  readonly memo?: string;
}

function byTime(notes: readonly Note[]): Note[] {
  return notes.toSorted((one, other) => Date.parse(one.createTime) - Date.parse(other.createTime));
}
