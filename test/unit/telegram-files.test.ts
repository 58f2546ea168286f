import { describe, expect, test } from "bun:test";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { createTelegramFiles, type OpenFile } from "../../src/telegram/files.ts";

/** Files over an API that serves each download as the test gives it. */
function setup(served: () => Response, file: object = {}) {
  const state = { cancelled: 0 };
  const files = createTelegramFiles({
    api: {
      call: (async () => ({ file_id: "f", file_path: "documents/f.bin", ...file })) as TelegramApi["call"],
      download: async () => served(),
    },
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
    const bytes = 20 * 1024 * 1024;
    expect([file.size, await read(file)]).toEqual([bytes, bytes]);
    await file.close();
  });

  test("is streamed where the download tells it, and a cut one is noticed", async () => {
    const headers = { "content-length": "7" };
    const { files } = setup(() => new Response(new Blob(["abc"]).stream(), { headers }));
    const file = await files.open("f", null);
    expect(file.size).toBe(7);
    expect(read(file)).rejects.toMatchObject({ kind: "refused" });
    await file.close();
  });
});

test("the memory of a download is free again piece by piece", async () => {
  const { files, pieces } = setup(() => new Response(pieces(3)), { file_size: 3 * 1024 * 1024 });
  const file = await files.open("f", null);
  const seen: Uint8Array[] = [];
  const held: number[] = [];
  for await (const piece of file.bytes()) {
    seen.push(piece);
    held.push(seen.reduce((sum, { byteLength }) => sum + byteLength, 0));
  }
  expect(held).toEqual(held.map(() => 1024 * 1024));
  expect(seen).toHaveLength(3);
  await file.close();
});
