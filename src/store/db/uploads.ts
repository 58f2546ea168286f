import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import { syncPath } from "./files.ts";

export type Uploads = ReturnType<typeof createUploads>;

/** Files that came by the API and are still needed: `DATA_DIR/uploads`, a folder for each request. */
export function createUploads(dataDir: string) {
  const root = join(dataDir, "uploads");

  return {
    /** Where one lies that is named `<id>/<nth>`. */
    pathOf: (upload: string) => join(root, upload),

    /** They are on the disk when it resolves, in place of what another try may have left there. */
    async keep(id: string, files: readonly Blob[]): Promise<void> {
      if (files.length === 0) return;
      const folder = join(root, id);
      await mkdir(folder, { recursive: true });
      for (const [nth, file] of files.entries()) {
        const handle = await open(join(folder, String(nth)), "w");
        try {
          await handle.writeFile(new Uint8Array(await file.arrayBuffer()));
          await handle.sync();
        } finally {
          await handle.close();
        }
      }
      for (const made of [folder, root, dataDir]) syncPath(made);
    },

    /** The requests that have some. */
    ids: (): Promise<string[]> =>
      readdir(root).catch((error) => {
        if (codeOf(error) === "ENOENT") return [];
        throw error;
      }),

    remove: (id: string): Promise<void> => rm(join(root, id), { recursive: true, force: true }),
  };
}
