import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { api, boundPerson, createWorld, memosSaved, settled } from "../support/app.ts";

setDefaultTimeout(60_000);
const deploy = join(import.meta.dirname, "../../deploy");

test("/metrics tells what happened and what is so, in a way that Prometheus likes, and nothing of anybody", async () => {
  await using world = await createWorld({ rate: 20 });
  const alerts = readFileSync(join(deploy, "alerts.yml"), "utf8");
  const headers = { authorization: `Bearer ${world.adminToken}` };
  const atFirst = await (await fetch(`${world.app.url}/metrics`, { headers })).text();
  // A series that begins with what it counts does not increase by it: the first of each would raise no alert.
  for (const [name] of alerts.matchAll(/\bmemoferry_[a-z_]+/g))
    expect(atFirst).toMatch(RegExp(`^${name}[{ ]`, "m"));

  const { person } = await boundPerson(world);
  person.say("a text of somebody");
  person.sendPhoto({ caption: "a picture" });
  person.send({ hologram: { depth: 1 } });
  person.say("/help");
  await memosSaved(world, 2);
  await settled(world);

  const made = await api(world, "POST", "/api/v1/tokens", { name: "prometheus", scope: "metrics" });
  const { token } = made.body as { token: string };
  const answer = await fetch(`${world.app.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  const value = (series: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1),
    );

  expect(value('memoferry_updates_received_total{kind="message",intake="polling"}')).toBeGreaterThanOrEqual(
    4,
  );
  expect(value('memoferry_memos_created_total{kind="message"}')).toBe(2);
  expect(value('memoferry_attempts_total{queue="messages",result="saved",reason=""}')).toBe(2);
  expect(value('memoferry_attempts_total{queue="messages",result="dead",reason="unknown_kind"}')).toBe(1);
  expect(value("memoferry_save_duration_seconds_count")).toBe(2);
  expect(value('memoferry_save_duration_seconds_bucket{le="+Inf"}')).toBe(2);
  expect(value("memoferry_uploaded_bytes_total")).toBe(
    world.memos.attachments().reduce((sum, { size }) => sum + size, 0),
  );
  expect(value('memoferry_jobs{state="dead"}')).toBe(1);
  expect(value('memoferry_jobs{state="waiting"}')).toBe(0);
  expect(value('memoferry_bindings{state="active"}')).toBe(1);
  expect(value('memoferry_watched_accounts{by="events"}')).toBe(0);
  expect(value('memoferry_intake_mode{mode="polling"}')).toBe(1);
  expect(value('memoferry_intake_mode{mode="webhook"}')).toBe(0);
  for (const name of ["telegram_up", "memos_up", "store_up", "taking_updates"])
    expect(value(`memoferry_${name}`)).toBe(1);
  expect(value('memoferry_telegram_calls_total{method="sendMessage",code="200"}')).toBeGreaterThan(0);
  expect(value('memoferry_memos_calls_total{method="POST",resource="memos",code="200"}')).toBe(2);
  for (const name of [
    'memoferry_database_size_bytes{file="database"}',
    "memoferry_last_saved_timestamp_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
  ])
    expect(value(name)).toBeGreaterThan(0);

  const ofPeople = [String(person.id), "somebody", "picture", world.env["BOT_TOKEN"] ?? "", world.memos.url];
  for (const secret of [...ofPeople, token, world.adminToken, "users/", "memos/"])
    expect(text).not.toContain(secret);

  const promtool = Bun.which("promtool");
  if (promtool) {
    const linted = Bun.spawnSync([promtool, "check", "metrics"], { stdin: Buffer.from(text) });
    expect(linted.stderr.toString() + linted.stdout.toString()).toBe("");
    expect(linted.exitCode).toBe(0);
    const rules = Bun.spawnSync([promtool, "check", "rules", join(deploy, "alerts.yml")]);
    expect(rules.stderr.toString()).toBe("");
    expect(rules.exitCode).toBe(0);
  }

  // What the examples in deploy/ ask for is there, with those labels.
  const families = new Map<string, string>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]+)({.*})? /gm)) families.set(name, labels);
  for (const file of ["alerts.yml", "grafana-dashboard.json"]) {
    const asked = readFileSync(join(deploy, file), "utf8");
    const names = [...asked.matchAll(/\b(?:memoferry|process)_[a-z_]+/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !families.has(name))).toEqual([]);
    for (const [, labels = ""] of asked.matchAll(/memoferry_[a-z_]+\{([^}]*)\}/g))
      for (const [, label] of labels.matchAll(/(\w+)(?:=|!=|!~|=~)/g))
        expect([...families.values()].join()).toContain(`${label}="`);
  }
});
