import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boundPerson, createWorld, memosSaved, settled } from "../support/app.ts";
import { noise, sameBytes } from "../support/noise.ts";
import { startProxy } from "../support/proxy.ts";

setDefaultTimeout(60_000);
const rate = 20;
const MIB = 1024 * 1024;

/** A Bot API server that tells no file_size, and downloads without their length: both are optional. */
const startTaciturnServer = (target: string) =>
  startProxy(target, async (forward, { url }) => {
    const answer = await forward();
    if (url.includes("/file/")) return new Response(answer.body?.pipeThrough(new TransformStream()) ?? null);
    if (!url.endsWith("/getFile")) return answer;
    return new Response((await answer.text()).replace(/"file_size":\d+,?/, ""), { headers: answer.headers });
  });

describe("a file", () => {
  test("many from several people at once: each has its own bytes, in order", async () => {
    await using world = await createWorld({ rate: 4 });
    const people = [];
    for (const name of ["alice", "bob", "cara"]) people.push(await boundPerson(world, name));
    const sent = new Map<string, Uint8Array>();
    for (let at = 0; at < 12; at++) {
      const { person, account } = people[at % 3] ?? (people[0] as (typeof people)[number]);
      const bytes = noise(MIB + at, at + 7);
      sent.set(`${account.name}/${at}.bin`, bytes);
      person.sendDocument({ bytes, fileName: `${at}.bin`, caption: `${at}` });
    }
    await settled(world, 25_000);
    const memos = world.memos.memos();
    expect(memos).toHaveLength(12);
    for (const memo of memos) {
      const [file] = memo.attachments;
      expect(memo.attachments).toHaveLength(1);
      expect(sameBytes(file?.bytes, sent.get(`${memo.creator}/${file?.filename}`) ?? noise(1))).toBe(true);
      expect(file?.filename).toBe(`${memo.content}.bin`);
    }
    for (const { account } of people) {
      const order = memos.filter((memo) => memo.creator === account.name).map((memo) => Number(memo.content));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test("whose size nobody tells is saved whole, and the folder that older versions put such files into is removed at a start", async () => {
    let proxy: ReturnType<typeof startTaciturnServer> | undefined;
    await using world = await createWorld({
      rate,
      prepare({ telegram, env }) {
        proxy = startTaciturnServer(telegram.url);
        env["TELEGRAM_API_URL"] = proxy.url;
      },
    });
    const { person } = await boundPerson(world);
    const bytes = noise(3 * MIB + 1);
    person.sendDocument({ bytes, fileName: "unknown.bin", omit: ["file_size"] });
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
    await world.stopApp();
    mkdirSync(join(world.dataDir, "spool"));
    writeFileSync(join(world.dataDir, "spool", "left-by-a-kill"), "x");
    await world.startApp();
    expect(existsSync(join(world.dataDir, "spool"))).toBe(false);
    await world.stopApp();
    await proxy?.[Symbol.asyncDispose]();
  });
});
