// What a client could do at most: it does nothing but post the same memos to the same server, by connections that stay.
import { textOf } from "./fakes.ts";
import { sharesOf, startFakes } from "./processes.ts";

const AT_ONCE = [1, 2, 4, 8, 16];

export async function posted(texts: number, atOnce: number, servers: Parameters<typeof startFakes>[0] = {}) {
  const { calls, env, counting, stop } = await startFakes(servers);
  const [{ token } = { token: "" }] = await calls.people(1);
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  let last = 0;
  const post = async () => {
    while (last < texts) {
      last += 1;
      const body = JSON.stringify({ content: textOf(last), visibility: "PRIVATE" });
      const answer = await fetch(`${env["MEMOS_URL"]}/api/v1/memos`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`Memos answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
    }
  };
  const [from, ownFrom, spent] = [performance.now(), process.cpuUsage(), counting()];
  await Promise.all(Array.from({ length: atOnce }, post));
  const perText = (performance.now() - from) / texts;
  const { user, system } = process.cpuUsage(ownFrom);
  const cpu = sharesOf({ program: (user + system) / 1_000, ...spent() }, texts);
  await stop();
  return { perText, cpu };
}

/** As many at once as is fastest. Another number may be with thousands of memos than with few: it is tried with as many as are measured. */
export async function fastest(texts: number): Promise<number> {
  const tried: { atOnce: number; perText: number }[] = [];
  for (const atOnce of AT_ONCE) tried.push({ atOnce, ...(await posted(texts, atOnce)) });
  return tried.toSorted((a, b) => a.perText - b.perText)[0]?.atOnce ?? 1;
}

/** Of bytes encoded at once; a multiple of 3, so that base64 has no padding inside. */
const PIECE = 3 * 16 * 1024;

/** Seconds from when documents are sent until they were streamed from Telegram into Memos, all at once. */
export async function copied(documents: number, bytes: number): Promise<number> {
  const { calls, env, stop } = await startFakes();
  const [{ id, token } = { id: 0, token: "" }] = await calls.people(1);
  const from = performance.now();
  await calls.documents(Array(documents).fill(id), bytes);
  const { TELEGRAM_API_URL: telegram = "", BOT_TOKEN: bot = "", MEMOS_URL: memos = "" } = env;
  const ask = async (method: string, params: object) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(params);
    const answer = await fetch(`${telegram}/bot${bot}/${method}`, { method: "POST", headers, body });
    return ((await answer.json()) as { result: unknown }).result;
  };
  const updates = (await ask("getUpdates", { timeout: 0 })) as {
    message: { document: { file_id: string } };
  }[];
  await Promise.all(
    updates.map(async ({ message }) => {
      const { file_path } = (await ask("getFile", { file_id: message.document.file_id })) as {
        file_path: string;
      };
      const { body } = await fetch(`${telegram}/file/bot${bot}/${file_path}`);
      async function* content() {
        yield Buffer.from('{"filename":"scan.pdf","type":"application/pdf","content":"');
        let rest = Buffer.alloc(0);
        for await (const chunk of body ?? []) {
          rest = Buffer.concat([rest, chunk]);
          const whole = rest.length - (rest.length % PIECE);
          if (whole > 0) yield Buffer.from(rest.subarray(0, whole).toString("base64"));
          rest = rest.subarray(whole);
        }
        yield Buffer.from(`${rest.toString("base64")}"}`);
      }
      const answer = await fetch(`${memos}/api/v1/attachments`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: content(),
      });
      if (!answer.ok) throw new Error(`Memos answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  await stop();
  return seconds;
}
