import { entries } from "../../src/config/settings.ts";

/** The README's configuration table, in Markdown. */
export function configTable(): string {
  const rows = entries.map(({ name, setting: { required, fallback, defaultText, description } }) => {
    const usual = typeof fallback === "string" ? `\`${fallback}\`` : "none";
    return [`\`${name}\``, required ? "required" : (defaultText ?? usual), description];
  });
  return [["Variable", "Default", "Meaning"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}
