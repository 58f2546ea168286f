/** What the fake of Memos refuses; what it adds to a server, such as faults, is what all other tests stand on. */
import { expect, test } from "bun:test";
import { startFakeMemos } from "./memos.ts";

const memo = "/api/v1/memos/m1";
test.each<[string, string, object | undefined, string]>([
  ["GET", "/api/v1/users", undefined, "GET /api/v1/users"],
  ["GET", "/healthz", undefined, "GET /healthz"],
  ["PUT", memo, {}, `PUT ${memo}`],
  ["GET", "/api/v1/memos?filter=creator_id == 1&pageSize=1&orderBy=name", undefined, "a list by name"],
  ["GET", "/api/v1/memos?pageSize=1", undefined, "a list of everybody's memos"],
  [
    "GET",
    "/api/v1/memos?pageSize=1&filter=creator_id == 1 %26%26 pinned",
    undefined,
    "the filter creator_id == 1 && pinned",
  ],
  ["POST", "/api/v1/memos", { content: "a", relations: [] }, "relations of a memo"],
  ["POST", "/api/v1/memos", { content: 5 }, "a content that is no text"],
  ["POST", "/api/v1/memos", [], "a body that is no JSON object"],
  ["PATCH", `${memo}?updateMask=tags`, { content: "a" }, "tags in a mask"],
  ["POST", "/api/v1/attachments", { filename: "a", externalLink: "b" }, "externalLink of a file"],
  ["POST", "/api/v1/attachments", { filename: "a" }, "a file without a type"],
])("%s %s, which memoferry never asked for, is refused and told", async (method, path, body, what) => {
  const told: string[] = [];
  const fake = await startFakeMemos({ onNotImitated: ({ message }) => told.push(message) });
  const headers = { authorization: `Bearer ${fake.addUser("alice").token}` };
  const send = (method: string, path: string, body?: object) =>
    fetch(fake.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  await send("POST", "/api/v1/memos?memoId=m1", { content: "text" });
  const answer = await send(method, path, body);
  const message = `the fake of Memos does not imitate ${what}: memoferry has not done this before`;
  expect([answer.status, await answer.json()]).toMatchObject([501, { message }]);
  expect(told).toEqual([message]);
  expect(fake.memos()).toMatchObject([{ content: "text" }]);
  await fake.stop();
});
