// The floor that memoferry is measured against: the same libraries, and nothing done with them.
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { Elysia } from "elysia";
import { Bot } from "gramio";

const { BOT_TOKEN = "", TELEGRAM_API_URL = "", DATA_DIR = ".", HTTP_PORT = "0" } = process.env;

const notes = sqliteTable("notes", { id: integer().primaryKey(), body: text() });
const sqlite = new Database(join(DATA_DIR, "bare.db"), { create: true });
sqlite.run("PRAGMA journal_mode = WAL");
sqlite.run("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, body TEXT)");
drizzle(sqlite).select().from(notes).all();

const bot = new Bot(BOT_TOKEN, { api: { baseURL: `${TELEGRAM_API_URL}/bot` } });
await bot.api.getMe();

const app = new Elysia().get("/readyz", () => "ready");
app.listen({ hostname: "127.0.0.1", port: Number(HTTP_PORT) });
console.log(JSON.stringify({ message: "started", url: `http://127.0.0.1:${app.server?.port}` }));
