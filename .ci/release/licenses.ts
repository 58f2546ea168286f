import { bunLicense, type Component } from "./components.ts";

/** The licences of all that is in an executable, as a text file. */
export function thirdPartyLicenses(components: readonly Component[], bunVersion: string): string {
  const parts = components.map(
    ({ name, version, license, text }) =>
      `${name} ${version} (${license})\n\n${text ?? `Its package holds no text of the licence: see https://spdx.org/licenses/${license}.html`}`,
  );
  const rule = `\n\n${"=".repeat(80)}\n\n`;
  const head = "The executable of memoferry holds Bun and the npm packages below, under these licences.";
  return `${[head, `Bun ${bunVersion}\n\n${bunLicense()}`, ...parts].join(rule)}\n`;
}
