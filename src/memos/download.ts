import type { Secret } from "../base/secret.ts";
import type { Deadline } from "./deadline.ts";
import { MemosError, UploadSizeError } from "./errors.ts";
import type { MemosHttp } from "./http.ts";
import { unreachable } from "./interpret.ts";

const ANSWER_MS = 30_000;
/** Without a byte. */
const IDLE_MS = 60_000;

/**
 * The bytes of a file, as they come. Files kept on S3 are told by a redirect to an address that is open by itself: the
 * access token does not go there. Throws a MemosError; UploadSizeError when what came was not the whole file, such as
 * the page that 0.26 to 0.28 give for one that is gone.
 */
export async function* download(
  http: MemosHttp,
  { path, token, size }: { path: string; token: Secret; size: number },
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const deadline = http.deadline(ANSWER_MS, signal);
  try {
    const { ok, status, body } = await found(http, path, token, deadline);
    if (!ok || !body) {
      await body?.cancel();
      throw refused(http.server, status);
    }
    const stalled = `the file gave no byte for ${IDLE_MS / 1000} seconds`;
    let received = 0;
    for await (const chunk of body) {
      deadline.limit(IDLE_MS, stalled);
      received += chunk.byteLength;
      if (received > size) break;
      yield chunk;
    }
    if (received !== size) throw new UploadSizeError(size, received);
  } catch (error) {
    deadline.throwIfEnded();
    if (error instanceof MemosError || error instanceof UploadSizeError) throw error;
    throw unreachable(http.server, error);
  } finally {
    deadline.end();
  }
}

async function found(http: MemosHttp, path: string, token: Secret, deadline: Deadline): Promise<Response> {
  const response = await http.open({ path, token }, deadline);
  const { status } = response;
  const elsewhere = status >= 300 && status < 400 && response.headers.get("location");
  if (!elsewhere) return response;
  await response.body?.cancel();
  return fetch(new URL(elsewhere, `${http.server}${path}`), { signal: deadline.signal });
}

function refused(server: string, status: number): MemosError {
  const kind = status === 404 ? "not_found" : status === 401 || status === 403 ? "forbidden" : "server";
  return new MemosError(kind, `Memos at ${server} answered ${status} to the download of a file`, { status });
}
