import { createReadStream, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { Elysia } from "elysia";
import { accepting } from "./accepting.ts";

const SQLITE = "application/vnd.sqlite3";
/** A large database is copied for minutes, in which nothing is sent. */
const NO_LIMIT = 0;
const IDLE_SECONDS = 60;

export interface BackupDeps {
  /** A file with the whole database, which is the caller's to remove. */
  backup(): Promise<{ path: string; sha256: string }>;
}

/** `POST /api/v1/backup`: the database as it is at one moment, streamed from a copy. Authentication is the root's. */
export function backup({ backup }: BackupDeps) {
  return new Elysia({ tags: ["operation"] }).onBeforeHandle(accepting(SQLITE)).post(
    "/api/v1/backup",
    async ({ request, server }) => {
      server?.timeout(request, NO_LIMIT);
      const { path, sha256 } = await backup();
      server?.timeout(request, IDLE_SECONDS);
      const file = createReadStream(path);
      const remove = () => rmSync(path, { force: true });
      file.once("close", remove);
      // Whoever hung up meanwhile takes nothing of it.
      if (request.signal.aborted) file.destroy();
      const headers = {
        "content-type": SQLITE,
        "content-disposition": 'attachment; filename="memoferry.db"',
        // RFC 9530.
        "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
      };
      return new Response(Readable.toWeb(file) as unknown as ReadableStream, { headers });
    },
    {
      detail: {
        summary: "Copies the database as it is at one moment; the header Repr-Digest has the copy's SHA-256",
        responses: {
          200: { description: "", content: { [SQLITE]: {} } },
          409: { description: "" },
          503: { description: "" },
        },
      },
    },
  );
}
