import { describe, expect, test } from "bun:test";
import { jsonValues } from "../../src/base/json-values.ts";

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const found = async (text: string, wanted: RegExp, size = 7) => {
  const values = await Array.fromAsync(jsonValues(inPieces(text, size), (path) => wanted.test(path)));
  return values.map(({ path, value }) => [path, value]);
};

const DOCUMENT = {
  about: 'braces } ] , : and "quotes" in a text \\',
  skipped: { messages: [{ id: 9 }], 'na\\"me': [] },
  list: [
    { name: "Änne 🦊", id: 1, messages: [{ id: 1, text: ["a", { type: "bold", text: "b}" }] }, { id: 2 }] },
    { id: 2, messages: [], empty: {} },
  ],
  last: -1.5e3,
};

describe("values out of JSON", () => {
  test("are those at the wanted paths, wherever it is cut into pieces", async () => {
    const wanted = /^(last|list\[\]\.(name|id|messages\[\]))$/;
    for (const text of [JSON.stringify(DOCUMENT), JSON.stringify(DOCUMENT, null, 1)]) {
      for (const size of [1, 2, 3, 5, 64, 4096]) {
        expect(await found(text, wanted, size)).toEqual([
          ["list[].name", "Änne 🦊"],
          ["list[].id", 1],
          ["list[].messages[]", DOCUMENT.list[0]?.messages?.[0]],
          ["list[].messages[]", { id: 2 }],
          ["list[].id", 2],
          ["last", -1500],
        ]);
      }
    }
  });

  test("tell how much was read", async () => {
    const values = await Array.fromAsync(jsonValues(inPieces('{"a":[1, 22]}', 4), (path) => path === "a[]"));
    expect(values.map(({ bytes }) => bytes)).toEqual([7, 11]);
  });

  test.each([
    ['"tab \\x0B here"', "tab \v here"],
    ['"\\\\x0B stays"', "\\x0B stays"],
    ['"\\\\\\x1F \\u00e9"', "\\\u001f é"],
  ])("of a text with other escapes: %p", async (text, value) => {
    expect(await found(`{"a": ${text}}`, /^a$/)).toEqual([["a", value]]);
  });

  test.each(["", "{", '{"a": [1', '{"a": "x', '{"a": 1, "b'])(
    "throw where it ends in the middle: %p",
    async (text) => {
      await expect(found(text, /^none$/)).rejects.toThrow("ends in the middle");
    },
  );

  test.each(['{"a": nope}', "{a: 1}", '{"a": 1}}'])("throw where it is none: %p", async (text) => {
    await expect(found(text, /^a$/)).rejects.toThrow(SyntaxError);
  });

  test("that came before the end are told", async () => {
    const values: unknown[] = [];
    const read = async () => {
      for await (const { value } of jsonValues(inPieces('{"a": [1, 2, 3', 5), (path) => path === "a[]"))
        values.push(value);
    };
    await expect(read()).rejects.toThrow("ends in the middle");
    expect(values).toEqual([1, 2]);
  });
});
