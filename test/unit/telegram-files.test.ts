import { describe, expect, test } from "bun:test";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { createTelegramFiles, DOWNLOAD_LIMIT_BYTES, type OpenFile } from "../../src/telegram/files.ts";
import { settled } from "../support/clock.ts";
import { must } from "../support/store.ts";

/** Files over an API that serves each download as the test gives it. */
function setup(served: () => Response, file: object = {}) {
  const state = { downloads: 0, cancelled: 0 };
  const files = createTelegramFiles({
    api: {
      call: (async () => ({ file_id: "f", file_path: "documents/f.bin", ...file })) as TelegramApi["call"],
      download: async (_, signal) => {
        signal?.throwIfAborted();
        state.downloads += 1;
        return served();
      },
    },
    local: false,
    filesDir: null,
  });
  /** A body without a length, of so many pieces of a MiB. */
  const pieces = (count: number) =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        count -= 1;
        if (count < 0) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024));
      },
      cancel() {
        state.cancelled += 1;
      },
    });
  return { files, state, pieces };
}

async function read(file: OpenFile): Promise<number> {
  let size = 0;
  for await (const chunk of file.bytes()) size += chunk.byteLength;
  return size;
}

describe("a file whose size nobody tells", () => {
  test("is read up to what Telegram gives to bots before its first byte goes on", async () => {
    const { files, pieces } = setup(() => new Response(pieces(20)));
    const file = await files.open("f", null);
    expect([file.size, await read(file)]).toEqual([DOWNLOAD_LIMIT_BYTES, DOWNLOAD_LIMIT_BYTES]);
    await file.close();
  });

  test("is too big where there is more, and the download is ended", async () => {
    const { files, state, pieces } = setup(() => new Response(pieces(state.downloads === 1 ? 30 : 1)));
    const opening = files.open("f", null);
    expect(opening).rejects.toMatchObject({ kind: "file_too_big" });
    await opening.catch(() => undefined);
    expect(state.cancelled).toBe(1);
    // The next one has its turn.
    await (await files.open("f", null)).close();
  });

  test("is the only one in memory until it is closed, also where one of them fails", async () => {
    const bodies = ["one", null, "three"];
    const { files, state } = setup(() => new Response(bodies.shift() && new Blob(["x"]).stream()));
    const opened: (OpenFile | string)[] = [];
    const open = () =>
      files
        .open("f", null)
        .catch((error: Error) => error.message)
        .then((file) => opened.push(file));
    const all = Promise.all([open(), open(), open()]);
    await settled();
    expect([state.downloads, opened.length]).toEqual([1, 1]);
    await (must(opened[0]) as OpenFile).close();
    await all;
    expect(opened[1]).toBe("the download has no body");
    expect(state.downloads).toBe(3);
  });

  test("lets the next one go on where a stop ends it while it waits", async () => {
    const { files, state } = setup(() => new Response(new Blob(["x"]).stream()));
    const first = await files.open("f", null);
    const stopping = new AbortController();
    const second = files.open("f", null, stopping.signal);
    const third = files.open("f", null);
    stopping.abort(new Error("stopped"));
    await first.close();
    expect(second).rejects.toThrow("stopped");
    await (await third).close();
    expect(state.downloads).toBe(2);
  });

  test("is streamed where the download tells it, and a cut one is noticed", async () => {
    const headers = { "content-length": "7" };
    const { files } = setup(() => new Response(new Blob(["abc"]).stream(), { headers }));
    const file = await files.open("f", null);
    expect(file.size).toBe(7);
    expect(read(file)).rejects.toMatchObject({ kind: "cut" });
    await file.close();
  });
});
