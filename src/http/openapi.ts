import { STATUS_CODES } from "node:http";
import { toOpenAPISchema, unwrapSchema } from "@elysiajs/openapi/openapi";
import type { AnyElysia } from "elysia";
import { ERROR_STATUSES } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { PROTECTED } from "./auth.ts";
import { PROBLEMS, type ProblemCode, problemSchema } from "./problem.ts";

interface Operation {
  requestBody?: object;
  responses?: Record<string, object>;
  security?: object[];
}

type Route = AnyElysia["routes"][number];

/** The OpenAPI document of all routes, by the schemas that check them; what every route of a kind does stands here. */
export function openApiDocument(app: AnyElysia): object {
  const paths: Record<string, Record<string, Operation | undefined> | undefined> = {};
  for (const [path, operations] of Object.entries(toOpenAPISchema(app).paths)) {
    paths[path.replace(/(.)\/$/, "$1")] = operations as Record<string, Operation>;
  }
  for (const route of app.routes) {
    const path = route.path.replace(/(.)\/$/, "$1").replace(/:(\w+)/g, "{$1}");
    const operation = paths[path]?.[route.method.toLowerCase()];
    if (operation) complete(operation, route);
  }
  const problems = Object.entries(PROBLEMS).map(([code, description]) => {
    const schema = { $ref: "#/components/schemas/Problem" };
    return [code, { description, content: { "application/problem+json": { schema } } }];
  });
  const document = {
    openapi: "3.1.0",
    info: {
      title: "memoferry",
      version: VERSION,
      license: { name: "MIT", identifier: "MIT" },
      description:
        "What the owner of a memoferry can see and do. Every answer has an `X-Request-Id`, yours if you send one; it stands in the log.",
    },
    paths,
    components: {
      schemas: { Problem: opened(problemSchema) },
      responses: Object.fromEntries(problems),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "ADMIN_TOKEN, or what DATA_DIR/admin-token holds; where an operation names scopes, also a named token of one of them; for GET one of the scope read.",
        },
      },
    },
  };
  return JSON.parse(JSON.stringify(document), (_name, value) => asJsonSchema(value));
}

/** What the routes have in common, and what the schemas alone do not say. */
function complete(operation: Operation, { path, hooks }: Route): void {
  const { body, params, query } = hooks as Record<string, Parameters<typeof unwrapSchema>[0]>;
  const isProtected = PROTECTED.test(path);
  operation.security = isProtected ? (operation.security ?? [{ bearer: [] }]) : [];
  if (body) {
    const schema = { additionalProperties: false, ...unwrapSchema(body) } as Parameters<typeof asSent>[0];
    const { required = true, content = { "application/json": {} } } = Object(hooks.detail?.requestBody);
    const described = Object.keys(content).map((type) => [type, { schema: asSent(schema, type) }]);
    operation.requestBody = { required, content: Object.fromEntries(described) };
  }
  const general: [unknown, ProblemCode[]][] = [
    [true, ["internal"]],
    [isProtected, ["unauthorized", "forbidden", "not_acceptable", "rate_limited"]],
    [params || query || body, ["invalid"]],
    [params, ["not_found"]],
    [body, ["too_slow", "too_large", "unsupported_type", "unprocessable", "unavailable"]],
  ];
  const codes = general.flatMap(([applies, which]) => (applies ? which : []));
  for (const code of codes) operation.responses = { ...operation.responses, [ERROR_STATUSES[code]]: {} };
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    const code = Object.keys(PROBLEMS).find((code) => ERROR_STATUSES[code as ProblemCode] === Number(status));
    const { content } = answer as { content?: { type?: string } };
    const description = STATUS_CODES[status];
    const own = content?.type === "void" ? { description } : { description, content: opened(content) };
    operation.responses = {
      ...operation.responses,
      [status]: code ? { $ref: `#/components/responses/${code}` } : own,
    };
  }
}

/** JSON has no files, and a form has files and texts alone. */
function asSent(schema: { properties?: Record<string, { type?: string }> }, mediaType: string): object {
  const isForm = mediaType === "multipart/form-data";
  const fields = Object.entries(schema.properties ?? {}).filter(([name, { type }]) =>
    isForm ? name === "files" || type !== "array" : name !== "files",
  );
  return { ...schema, properties: Object.fromEntries(fields) };
}

/** Later versions may say more. That Elysia's check of an answer allows nothing else is for this version's faults. */
const opened = (content: object | undefined) =>
  content &&
  JSON.parse(JSON.stringify(content, (name, value) => (name === "additionalProperties" ? undefined : value)));

/** As JSON Schema 2020-12 knows it. */
function asJsonSchema(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { error, nullable, source, ...schema } = value as Record<string, unknown>;
  if (typeof error === "string") return asJsonSchema({ description: error, ...schema });
  // The package says of a nullable enum that it may be null, and leaves null out of its values.
  const { type, enum: values } = schema;
  if (Array.isArray(type) && Array.isArray(values) && !values.includes(null)) {
    return { ...schema, enum: [...values, null] };
  }
  if (nullable === true) return schema;
  if (type !== "RegExp") return value;
  // In words that every kind of regular expression knows.
  const pattern = String(source)
    .replaceAll("\\p{Cs}", "")
    .replaceAll("\\p{Cc}", "\\u0000-\\u001f\\u007f-\\u009f\\ufeff");
  return { type: "string", pattern };
}
