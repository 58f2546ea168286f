// Preloaded into memoferry's source by the benchmark: each SQL statement that runs goes into a file, one a line, behind the
// ms that it took. What begins and ends a transaction does not.
import { Database } from "bun:sqlite";
import { appendFileSync } from "node:fs";

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** The ways to run a prepared statement. They are properties of each one, chosen by its number of parameters. */
const RUNS = ["run", "get", "all", "values", "iterate", "raw"];

const file = process.env["RECORD_STATEMENTS_TO"] ?? "";
const methods = Database.prototype as unknown as Methods;
const recorded = new WeakSet<object>();

/** Of a transaction, however it is run. */
const AROUND = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;

function record<T>(sql: unknown, run: () => T): T {
  if (AROUND.test(String(sql))) return run();
  const from = performance.now();
  try {
    return run();
  } finally {
    const ms = performance.now() - from;
    appendFileSync(file, `${ms.toFixed(3)}\t${String(sql).replace(/\s+/g, " ").trim()}\n`);
  }
}

/** `query` keeps its statements: each is changed once. */
function recordRuns(sql: unknown, statement: Methods): Methods {
  if (recorded.has(statement)) return statement;
  recorded.add(statement);
  for (const name of RUNS) {
    const run = statement[name];
    if (!run) continue;
    statement[name] = (...args) => record(sql, () => run.apply(statement, args));
  }
  return statement;
}

for (const name of ["prepare", "query"]) {
  const compile = methods[name];
  methods[name] = function (sql, ...rest) {
    return recordRuns(sql, compile?.call(this, sql, ...rest) as Methods);
  };
}
for (const name of ["run", "exec"]) {
  const run = methods[name];
  methods[name] = function (sql, ...rest) {
    return record(sql, () => run?.call(this, sql, ...rest));
  };
}
