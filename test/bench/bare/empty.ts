// Nothing but Bun.
const { HTTP_PORT = "0" } = process.env;
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(HTTP_PORT),
  fetch: () => new Response("ready"),
});
console.log(JSON.stringify({ message: "started", url: `http://127.0.0.1:${server.port}` }));
