// What /metrics shows, in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/
// Labels have few values, and nothing of anybody: each that was seen is kept in memory.

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [name: string, labels: Labels, value: number];

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function labelText(labels: Labels): string {
  const escaped = (text: string) => text.replace(/[\\"\n]/g, (sign) => ESCAPES[sign] ?? "");
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function family(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly Sample[],
) {
  const lines = samples.map(([name, labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** What is so now: one value, or one for each of some labels. */
export const gauge = (name: string, help: string, value: number | readonly [Labels, number][]) =>
  family(
    name,
    "gauge",
    help,
    (typeof value === "number" ? [[{}, value] as const] : value).map(([labels, value]) => [
      name,
      labels,
      value,
    ]),
  );

/** A counter whose value somebody else knows. */
export const total = (name: string, help: string, value: number) =>
  family(name, "counter", help, [[name, {}, value]]);

/** What happened since the start. */
export function createCounter<Of extends Labels = Record<string, never>>(name: string, help: string) {
  const counts = new Map<string, { labels: Labels; value: number }>();
  return {
    add(labels: Of, by = 1): void {
      const key = Object.values(labels).join("\n");
      const count = counts.get(key);
      if (count) count.value += by;
      else counts.set(key, { labels, value: by });
    },
    text: () =>
      family(
        name,
        "counter",
        help,
        [...counts.values()].map(({ labels, value }) => [name, labels, value]),
      ),
  };
}

/** How long something took, in seconds. `bounds`: of the buckets, in rising order. */
export function createHistogram(name: string, help: string, bounds: readonly number[]) {
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound) => ({ bound, count: 0 }));
  let sum = 0;
  return {
    observe(seconds: number): void {
      sum += seconds;
      for (const bucket of buckets) if (seconds <= bucket.bound) bucket.count += 1;
    },
    text() {
      const le = (bound: number) => (Number.isFinite(bound) ? String(bound) : "+Inf");
      return family(name, "histogram", help, [
        ...buckets.map(({ bound, count }): Sample => [`${name}_bucket`, { le: le(bound) }, count]),
        [`${name}_sum`, {}, sum],
        [`${name}_count`, {}, buckets.at(-1)?.count ?? 0],
      ]);
    },
  };
}
