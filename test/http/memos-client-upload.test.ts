import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import { createMemosClient, type FileUpload } from "../../src/memos/client.ts";
import { UploadSizeError } from "../../src/memos/errors.ts";
import { createFakeClock } from "../support/clock.ts";
import { runs } from "../support/property.ts";
import {
  type RawConnection,
  rawAnswer,
  serveMemos,
  serveRaw,
  token,
  troubleOf,
  until,
} from "./memos-client-servers.ts";

const MIB = 1024 * 1024;
const PROFILE = JSON.stringify({ version: "0.30.0", instanceUrl: "" });
const ATTACHMENT = JSON.stringify({ name: "attachments/f1", filename: "a.bin", type: "a/b", size: "1" });

function fileOf(size: number, open: FileUpload["open"], more: Partial<FileUpload> = {}): FileUpload {
  return { id: "f1", filename: "a.bin", type: "application/octet-stream", size, open, ...more };
}

async function* inChunks(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** A source that tells how far it was asked and whether it was closed. */
function watchedSource(size: number, chunk = 64 * 1024) {
  const seen = { given: 0, closed: false };
  const open = async function* () {
    try {
      while (seen.given < size) {
        const length = Math.min(chunk, size - seen.given);
        seen.given += length;
        yield new Uint8Array(length);
      }
    } finally {
      seen.closed = true;
    }
  };
  return { seen, open };
}

/** A raw server that answers detection; `onUpload` sees each arrival of an upload. */
async function serveUploads(onUpload: (connection: RawConnection) => void) {
  const uploads = new Set<RawConnection>();
  const server = await serveRaw((connection) => {
    if (!uploads.has(connection) && connection.tail.startsWith("GET ")) {
      connection.tail = "";
      connection.socket.write(rawAnswer("200 OK", PROFILE));
      return;
    }
    uploads.add(connection);
    onUpload(connection);
  });
  return { ...server, uploads };
}

/** Nothing before the end of the JSON looks like it. */
const isWhole = ({ tail }: RawConnection) => tail.endsWith('"}');

describe("the body of an upload", () => {
  async function bodyOf(file: FileUpload) {
    const bodies: string[] = [];
    const lengths: (string | null)[] = [];
    await using server = serveMemos(async (request) => {
      lengths.push(request.headers.get("content-length"));
      bodies.push(await request.text());
      return Response.json({
        name: `attachments/${file.id}`,
        filename: file.filename,
        type: file.type,
        size: "0",
      });
    });
    await createMemosClient({ baseUrl: server.url, clock: systemClock }).createAttachment(token, file);
    expect(bodies).toHaveLength(1);
    return { text: bodies[0] ?? "", length: lengths[0] };
  }

  test("is the JSON of the attachment, with the exact bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.string({ unit: "grapheme" }),
        async (bytes, chunk, filename) => {
          const file = fileOf(bytes.length, () => inChunks(bytes, chunk), { filename, memo: "memos/m1" });
          const { text, length } = await bodyOf(file);
          // Some proxies take no body without one.
          expect(length).toBe(String(Buffer.byteLength(text)));
          const { content, ...fields } = JSON.parse(text);
          expect(fields).toEqual({ filename, type: file.type, memo: "memos/m1" });
          expect(Buffer.from(content, "base64").equals(bytes)).toBe(true);
          expect(content).toBe(Buffer.from(bytes).toString("base64"));
        },
      ),
      runs,
    );
  });

  test("comes from a source that opens later, or is a web stream", async () => {
    const open = async () => new Blob(["hello"]).stream();
    expect(JSON.parse((await bodyOf(fileOf(5, open))).text).content).toBe(btoa("hello"));
  });
});

describe("an upload that cannot be whole leaves the server with half a request", () => {
  const cutCases: [string, number, number][] = [
    ["too short a source", 200_000, 200_001],
    ["too long a source", 200_000, 199_999],
    ["a source of nothing", 0, 1],
    ["a source that should be of nothing", 1, 0],
  ];

  test.each(cutCases)("%s", async (_title, given, size) => {
    await using server = await serveUploads(() => {});
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    await client.info();
    const { seen, open } = watchedSource(given);
    const error = await client.createAttachment(token, fileOf(size, open)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UploadSizeError);
    expect(String(error)).toContain(`${given} bytes, ${size} were announced`);
    await until(() =>
      server.connections.every((connection) => connection.gone || connection.received < 1000),
    );
    expect([...server.uploads].some(isWhole)).toBe(false);
    expect(seen.closed).toBe(true);
  });

  test("a source that fails is told as itself", async () => {
    class TelegramTrouble extends Error {}
    const trouble = new TelegramTrouble("the download was cut");
    await using server = await serveUploads(() => {});
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const open = async function* () {
      yield new Uint8Array(100_000);
      throw trouble;
    };
    const error = await client
      .createAttachment(token, fileOf(200_000, open))
      .catch((error: unknown) => error);
    expect(error).toBe(trouble);
    await until(() =>
      server.connections.every((connection) => connection.gone || !connection.tail.includes("POST")),
    );
    expect([...server.uploads].some(isWhole)).toBe(false);
  });

  test("the caller's signal cuts the connection in the middle, and closes the source", async () => {
    await using server = await serveUploads(({ socket, received }) => {
      if (received > MIB) socket.pause();
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const { seen, open } = watchedSource(50 * MIB);
    const controller = new AbortController();
    let sourceSignal: AbortSignal | undefined;
    const opened = (signal: AbortSignal) => {
      sourceSignal = signal;
      return open();
    };
    const failed = troubleOf(client.createAttachment(token, fileOf(50 * MIB, opened), controller.signal));
    await until(() => [...server.uploads].some(({ received }) => received > MIB));
    controller.abort();
    expect((await failed).kind).toBe("aborted");
    expect(sourceSignal?.aborted).toBe(true);
    await until(() => seen.closed);
    for (const { socket } of server.uploads) socket.resume();
    await until(() => [...server.uploads].every(({ gone }) => gone));
    expect([...server.uploads].some(isWhole)).toBe(false);
    expect(seen.given).toBeLessThan(50 * MIB);
  });
});

describe("a slow server", () => {
  test("slows the source down: the file is never held", async () => {
    await using server = await serveUploads(({ socket, received }) => {
      if (received > MIB) socket.pause();
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const { seen, open } = watchedSource(100 * MIB);
    const controller = new AbortController();
    const failed = troubleOf(client.createAttachment(token, fileOf(100 * MIB, open), controller.signal));
    await until(() => [...server.uploads].some(({ received }) => received > MIB));
    // The source stands still once the sockets' own buffers are full.
    let given = -1;
    while (given !== seen.given) {
      given = seen.given;
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(given).toBeLessThan(20 * MIB);
    controller.abort();
    await failed;
  });

  test("is given up when no byte moves for 60 seconds, however long the whole takes", async () => {
    const clock = createFakeClock();
    await using server = await serveUploads(({ socket, received }) => {
      if (received > MIB) socket.pause();
    });
    const client = createMemosClient({ baseUrl: server.url, clock });
    const gate = { step: Promise.withResolvers<void>(), asked: 0 };
    const open = async function* () {
      for (let n = 0; n < 5; n++) {
        gate.asked++;
        await gate.step.promise;
        gate.step = Promise.withResolvers<void>();
        yield new Uint8Array(3);
      }
      for (;;) yield new Uint8Array(MIB);
    };
    const failed = troubleOf(client.createAttachment(token, fileOf(100 * MIB, open)));
    for (let n = 1; n <= 5; n++) {
      await until(() => gate.asked === n);
      await clock.advance(59_999);
      gate.step.resolve();
    }
    await until(() => [...server.uploads].some(({ received }) => received > MIB));
    // Nothing tells when the sockets' buffers are full: until then each byte that moves counts anew.
    const moved = failed.then(() => true);
    while (!(await Promise.race([moved, Bun.sleep(1)]))) await clock.advance(60_000);
    const error = await failed;
    expect(error.kind).toBe("timeout");
    expect(error.message).toContain("took no byte of the file for 60 seconds");
    expect(clock.sleepers).toBe(0);
  });

  test("a source that gives nothing for 60 seconds is not blamed on Memos", async () => {
    const clock = createFakeClock();
    await using server = await serveUploads(() => {});
    const client = createMemosClient({ baseUrl: server.url, clock });
    let asked = false;
    const open = async function* () {
      asked = true;
      await new Promise<never>(() => {});
      yield new Uint8Array(1);
    };
    const failed = troubleOf(client.createAttachment(token, fileOf(1, open)));
    await until(() => asked);
    await clock.advance(60_000);
    expect(await failed).toMatchObject({ kind: "timeout", message: expect.stringContaining("gave no byte") });
  });

  test("has three minutes to answer after the last byte", async () => {
    const clock = createFakeClock();
    await using server = await serveUploads(() => {});
    const client = createMemosClient({ baseUrl: server.url, clock });
    const failed = troubleOf(client.createAttachment(token, fileOf(10, watchedSource(10).open)));
    await until(() => [...server.uploads].some(isWhole));
    await clock.advance(179_999);
    await clock.advance(1);
    const error = await failed;
    expect(error.kind).toBe("timeout");
    expect(error.message).toContain("did not answer within 180 seconds");
  });
});

describe("a server that answers early", () => {
  test("with a refusal is understood, and the source closed", async () => {
    await using server = await serveUploads(({ socket, received }) => {
      if (received < 300_000 || !socket.writable) return;
      socket.end(
        rawAnswer("413 Request Entity Too Large", "<html>", ["Content-Type: text/html", "Connection: close"]),
      );
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const { seen, open } = watchedSource(50 * MIB);
    expect((await troubleOf(client.createAttachment(token, fileOf(50 * MIB, open)))).kind).toBe(
      "file_too_large",
    );
    await until(() => seen.closed);
    expect(seen.given).toBeLessThan(50 * MIB);
  });

  test("with a success is not believed", async () => {
    let answered = false;
    await using server = await serveUploads(({ socket, received }) => {
      if (received < 300_000 || answered) return;
      answered = true;
      socket.write(rawAnswer("200 OK", ATTACHMENT));
      socket.pause();
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const error = await troubleOf(
      client.createAttachment(token, fileOf(50 * MIB, watchedSource(50 * MIB).open)),
    );
    expect(error.kind).toBe("server");
    expect(error.message).toContain("before it had the whole file");
  });

  test("and is gone in the middle is unreachable", async () => {
    await using server = await serveUploads(({ socket, received }) => {
      if (received > 300_000) socket.resetAndDestroy();
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const { seen, open } = watchedSource(50 * MIB);
    expect((await troubleOf(client.createAttachment(token, fileOf(50 * MIB, open)))).kind).toBe(
      "unreachable",
    );
    await until(() => seen.closed);
  });
});
