// The script of the API's documentation. On Deno, deno.json puts viewer-deno.ts in its place.

/** A file of the executable, read once it is asked for. */
export async function viewer(): Promise<Blob | string> {
  const { default: path } = await import("openapi-explorer/dist/browser/openapi-explorer.min.js", {
    with: { type: "file" },
  });
  return Bun.file(path);
}
