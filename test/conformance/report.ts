/** How one test ended on one server. */
export interface Result {
  /** Of the server. */
  version: string;
  /** The suite: "the core". */
  suite: string;
  test: string;
  end: "passed" | "failed" | "skipped";
}

const SERVER = "on a real Memos ";

/** Reads the JUnit report of `bun test` over real servers; what was run on none is left out. */
export function readReport(xml: string): Result[] {
  const cases = xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  return [...cases].flatMap(([, attributes = "", inside = ""]) => {
    // Innermost first: "the core > on a real Memos 0.30.0".
    const suites = attribute(attributes, "classname").split(" > ");
    const server = suites.find((suite) => suite.startsWith(SERVER));
    if (server === undefined) return [];
    return {
      version: server.slice(SERVER.length),
      suite: suites
        .filter((suite) => suite !== server)
        .toReversed()
        .join(", "),
      test: attribute(attributes, "name"),
      end: /<(?:failure|error)\b/.test(inside)
        ? "failed"
        : inside.includes("<skipped")
          ? "skipped"
          : "passed",
    } as const;
  });
}

function attribute(attributes: string, name: string): string {
  const text = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  const letters: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, word?: string) =>
    code === undefined ? (letters[word ?? ""] ?? whole) : String.fromCodePoint(Number(code)),
  );
}

const WIDEST_NAME = 72;
const MARKS = { passed: "ok", failed: "FAIL", skipped: "-" } as const;

/** Tests down, versions across, in the order in which they ran. A test that did not run on a version has no mark. */
export function table(results: readonly Result[]): string {
  const versions = [...new Set(results.map(({ version }) => version))];
  const suites = [...new Set(results.map(({ suite }) => suite))];
  const shorten = (name: string) => (name.length > WIDEST_NAME ? `${name.slice(0, WIDEST_NAME - 1)}…` : name);
  const width = Math.max(
    0,
    ...results.map(({ test, suite }) => Math.max(shorten(test).length, suite.length)),
  );
  const line = (name: string, cells: string[]) =>
    [name.padEnd(width), ...cells.map((cell, index) => cell.padStart((versions[index]?.length ?? 0) + 1))]
      .join(" ")
      .trimEnd();
  const rows = suites.flatMap((suite) => {
    const of = results.filter((result) => result.suite === suite);
    const tests = [...new Set(of.map(({ test }) => test))];
    return [
      "",
      line(suite, versions),
      ...tests.map((test) =>
        line(
          shorten(test),
          versions.map((version) => {
            const result = of.find((candidate) => candidate.test === test && candidate.version === version);
            return result ? MARKS[result.end] : "";
          }),
        ),
      ),
    ];
  });
  return rows.join("\n").trimStart();
}
