// Elysia alone.
import { Elysia } from "elysia";

const app = new Elysia().get("/readyz", () => "ready");
app.listen({ hostname: "127.0.0.1", port: Number(process.env["HTTP_PORT"] ?? 0) });
console.log(JSON.stringify({ message: "started", url: `http://127.0.0.1:${app.server?.port}` }));
