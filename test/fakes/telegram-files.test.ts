import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import livePhoto from "../fixtures/telegram/updates/live-photo.json";
import { type Call, createClient } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

const limit = 20 * 1024 * 1024;

let fake: FakeTelegram;
let call: Call;
let ada: Person;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
  ada = fake.user();
});
afterEach(() => fake.close());

const fileId = (message: { document?: { file_id: string } }) => message.document?.file_id ?? "";

describe("the fake's files", () => {
  test("39: refuses files over 20 971 520 bytes, allows exactly that", async () => {
    const tooBig = ada.sendDocument({ size: limit + 1 });
    const refused = await call("getFile", { file_id: fileId(tooBig) });
    expect([refused.status, refused.description]).toEqual([400, "Bad Request: file is too big"]);
    const huge = ada.sendDocument({ size: 3 * 1024 ** 3 });
    expect(huge.document?.file_size).toBe(3 * 1024 ** 3);
    expect((await call("getFile", { file_id: fileId(huge) })).ok).toBe(false);
    // The size in the message may be missing; the limit holds anyway.
    const unsaid = ada.sendDocument({ size: limit + 1, omit: ["file_size"] });
    expect((await call("getFile", { file_id: fileId(unsaid) })).description).toBe(
      "Bad Request: file is too big",
    );
    const edge = await call("getFile", { file_id: fileId(ada.sendDocument({ size: limit })) });
    expect(edge.result["file_size"]).toBe(limit);
    const download = await fetch(`${fake.fileUrl}/${edge.result["file_path"]}`);
    expect((await download.bytes()).length).toBe(limit);
  });

  test("40: knows no other bot's or random ids", async () => {
    await using other = await startFakeTelegram();
    const foreign = other.user().sendDocument();
    for (const file_id of [fileId(foreign), "AgACAgIAAxkBAAIwkd5D9XAHEJJFr3Z9", "x"]) {
      const answer = await call("getFile", { file_id });
      expect([answer.status, answer.description]).toEqual([400, "Bad Request: invalid file_id"]);
    }
    expect((await call("getFile")).description).toBe("Bad Request: file_id not specified");
  });

  test("41: lets a path expire after an hour and gives a new one", async () => {
    const bytes = new TextEncoder().encode("%PDF-");
    const message = ada.sendDocument({ bytes, fileName: "../notes.PDF" });
    const first = (await call("getFile", { file_id: fileId(message) })).result["file_path"];
    expect(first).toBe("documents/file_0.PDF");
    const download = () => fetch(`${fake.fileUrl}/${first}`);
    const answer = await download();
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(await answer.bytes()).toEqual(bytes);
    fake.advance(3_599_000);
    expect((await download()).status).toBe(200);
    fake.advance(1000);
    expect((await download()).status).toBe(404);
    const second = (await call("getFile", { file_id: fileId(message) })).result["file_path"];
    expect(second).not.toBe(first);
    expect((await fetch(`${fake.url}/file/bot1:wrong/${second}`)).status).toBe(401);
    fake.rotateToken();
    expect((await fetch(`${fake.fileUrl}/${second}`)).status).toBe(200);
  });

  test("42: serves no /file/ in local mode and returns absolute paths", async () => {
    await using local = await startFakeTelegram({ local: true });
    const bytes = new TextEncoder().encode("on disk");
    const message = local.user().sendDocument({ bytes });
    const { result } = await createClient(local)("getFile", { file_id: fileId(message) });
    const path = String(result["file_path"]);
    expect(path).toStartWith("/");
    expect(await Bun.file(path).bytes()).toEqual(bytes);
    const answer = await fetch(`${local.fileUrl}${path}`);
    expect([answer.status, await answer.text()]).toEqual([
      404,
      '{"ok":false,"error_code":404,"description":"Not Found"}',
    ]);
    const big = local.user().sendDocument({ size: limit + 1 });
    expect((await createClient(local)("getFile", { file_id: fileId(big) })).ok).toBe(true);
  });

  test("44: sends document with animation, photo with live_photo, location with venue, and the legacy keys", () => {
    const animation = ada.send({
      animation: { file_name: "cat.mp4", duration: 3, width: 4, height: 3, ...fake.file("animation") },
    });
    expect(animation.document?.file_id).toBe(animation.animation?.file_id ?? "");
    expect(animation.document).not.toHaveProperty("duration");
    const live = ada.send({ live_photo: livePhoto.message.live_photo });
    expect(live.photo as object).toEqual(livePhoto.message.live_photo.photo);
    const location = { latitude: 1, longitude: 2 };
    const venue = ada.send({ venue: { location, title: "T", address: "A" } });
    expect(Object.keys(venue).slice(-2)).toEqual(["location", "venue"]);
    const forward = ada.say("x", {
      forwardOrigin: { type: "channel", chat: { id: -1001, type: "channel" }, message_id: 5, date: 1 },
    });
    expect(forward).toMatchObject({
      forward_from_chat: { id: -1001 },
      forward_from_message_id: 5,
      forward_date: 1,
    });
    const joined = ada.send({ new_chat_members: [ada.user] });
    expect(joined).toMatchObject({ new_chat_participant: { id: ada.id }, new_chat_member: { id: ada.id } });
    const group = fake.group();
    expect(Object.keys(group.chat)).toEqual([
      "id",
      "title",
      "type",
      "all_members_are_administrators",
      "accepted_gift_types",
    ]);
  });

  test("cuts a download short, with and without Content-Length", async () => {
    const message = ada.sendDocument({ bytes: new Uint8Array(1000) });
    const path = (await call("getFile", { file_id: fileId(message) })).result["file_path"];
    for (const chunked of [false, true]) {
      fake.fault({ match: { method: "file" }, action: { cutAfter: 400, chunked } });
      const answer = await fetch(`${fake.fileUrl}/${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-length")).toBe(chunked ? null : "1000");
      expect(answer.bytes()).rejects.toThrow();
    }
    expect(fake.requests.at(-1)).toMatchObject({
      method: "file",
      params: { path: String(path) },
      status: 200,
    });
  });
});
