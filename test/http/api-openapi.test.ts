import { expect, test } from "bun:test";
import { createTestServer } from "./api-server.ts";

interface Operation {
  summary?: string;
  security: object[];
  requestBody?: {
    required: boolean;
    content: Record<string, { schema: { properties: Record<string, object> } }>;
  };
  responses: Record<string, { $ref?: string; description?: string; content?: object }>;
}

/** All but those of Telegram, and the pages. */
const ROUTES = [
  "get /api/v1/bindings",
  "post /api/v1/bindings",
  "get /api/v1/bindings/{telegram_id}",
  "patch /api/v1/bindings/{telegram_id}",
  "delete /api/v1/bindings/{telegram_id}",
  "get /api/v1/chats",
  "patch /api/v1/chats/{chat_id}",
  "post /api/v1/imports",
  "get /api/v1/imports/{telegram_id}",
  "post /api/v1/invitations",
  "get /api/v1/tokens",
  "post /api/v1/tokens",
  "delete /api/v1/tokens/{name}",
  "get /api/v1/updates",
  "post /api/v1/updates/retry",
  "get /api/v1/updates/{update_id}",
  "delete /api/v1/updates/{update_id}",
  "post /api/v1/updates/{update_id}/retry",
  "get /healthz",
  "get /readyz",
  "get /api/v1/status",
  "post /api/v1/receive",
  "post /api/v1/memos",
  "post /api/v1/messages",
  "post /api/v1/messages/{telegram_id}/webhook",
  "get /api/v1/messages/{id}",
  "get /metrics",
  "post /api/v1/backup",
];

async function documentOf() {
  const answer = await createTestServer().ask("/openapi/json");
  expect(answer.status).toBe(200);
  return (await answer.json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: Record<string, Record<string, unknown>>;
  };
}

test("the document describes every route, with all that it can answer", async () => {
  const { openapi, paths, components } = await documentOf();
  expect(openapi).toBe("3.1.0");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, ...operation })),
  );
  expect(operations.map(({ name }) => name)).toEqual(ROUTES);
  for (const { name, path, summary, security, responses } of operations) {
    expect([name, typeof summary]).toEqual([name, "string"]);
    expect([name, security.length]).toEqual([name, /^\/(api\/v1|metrics)/.test(path) ? 1 : 0]);
    expect(Object.keys(responses)).toContain("500");
    for (const { $ref, description } of Object.values(responses)) {
      const [, , , code = ""] = $ref?.split("/") ?? [];
      expect(description ?? components["responses"]?.[code]).toBeTruthy();
    }
  }
});

test("the document says of a body and of an answer what the schemas do", async () => {
  const { paths } = await documentOf();
  const binding = paths["/api/v1/bindings/{telegram_id}"];
  expect(binding?.["patch"]?.requestBody?.required).toBe(true);
  const patch = JSON.stringify(binding?.["patch"]?.requestBody);
  expect(patch).toContain('"additionalProperties":false');
  expect(patch).toContain('"type":["string","null"],"enum":["PRIVATE","PROTECTED","PUBLIC",null]');
  expect(patch).toContain('"type":"string","pattern":"^#?(?=');
  expect(binding?.["delete"]?.responses["204"]).toEqual({ description: "No Content" });
  expect(paths["/api/v1/invitations"]?.["post"]?.requestBody?.required).toBe(false);
  // A form has no lists, and JSON no files.
  const said = { telegram_id: {}, chat_id: {}, text: {}, format: {}, silent: {}, idempotency_key: {} };
  const { "application/json": json, "multipart/form-data": form } =
    paths["/api/v1/messages"]?.["post"]?.requestBody?.content ?? {};
  const fieldsOf = (body: typeof json) => Object.keys(body?.schema.properties ?? {}).toSorted();
  expect(fieldsOf(json)).toEqual(Object.keys({ ...said, buttons: {}, file_urls: {} }).toSorted());
  expect(fieldsOf(form)).toEqual(Object.keys({ ...said, files: {} }).toSorted());
  expect(form?.schema.properties["files"]).toMatchObject({ items: { type: "string", format: "binary" } });
});

test("the page that shows it loads nothing from elsewhere", async () => {
  const { ask } = createTestServer();
  const page = await ask("/openapi");
  expect(page.headers.get("content-security-policy")).toStartWith("default-src 'none'; script-src 'self';");
  const html = await page.text();
  expect(html).not.toContain("//");
  const addresses = [...html.matchAll(/ (?:src|spec-url)="([^"]+)"/g)].map(([, address]) => address ?? "");
  expect(addresses).toEqual(["openapi/json", "openapi/viewer.js"]);
  expect((await ask("/openapi/")).headers.get("location")).toBe("../openapi");
  const viewer = await ask("/openapi/viewer.js");
  expect(viewer.headers.get("content-type")).toStartWith("text/javascript");
  expect((await viewer.text()).length).toBeGreaterThan(100_000);
});
