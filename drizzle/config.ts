import { defineConfig } from "drizzle-kit";

// The one file that needs a default export: drizzle-kit reads it.
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/store/db/schema.ts",
  out: "./drizzle",
});
