// Text files that come with an executable.
import { entries } from "../../src/config/settings.ts";
import type { Target } from "../targets.ts";

/** Each setting with what it means; those that have to be set are no comments. */
export function exampleSettings(): string {
  const lines = entries.map(({ name, setting: { required, fallback, defaultText, description } }) => {
    const usual = defaultText ?? (typeof fallback === "string" ? fallback : "none");
    return required ? `# ${description}\n${name}=\n` : `# ${description}. Default: ${usual}\n#${name}=\n`;
  });
  return `# Settings of memoferry. Each can also be given as NAME_FILE=/path: what that file holds.\n\n${lines.join("\n")}`.replaceAll(
    "`",
    "",
  );
}

const STEPS: Record<string, string> = {
  linux: `As a service of systemd (it asks for the settings):

    sudo ./memoferry install

Or by hand: fill in the two settings at the top of memoferry.env.example, save it
as memoferry.env, and run

    ./memoferry check --env-file memoferry.env
    ./memoferry --env-file memoferry.env

Never run strip on the executable: it cuts the program off, and leaves plain Bun.`,
  darwin: `macOS asks about a program from the internet once; this tells it that you trust it:

    xattr -d com.apple.quarantine memoferry

Fill in the two settings at the top of memoferry.env.example, save it as
memoferry.env, and run

    ./memoferry check --env-file memoferry.env
    ./memoferry --env-file memoferry.env`,
  windows: `Fill in the two settings at the top of memoferry.env.example, save it as
memoferry.env, and run in this folder

    .\\memoferry.exe check --env-file memoferry.env
    .\\memoferry.exe --env-file memoferry.env`,
};

export function installText(version: string, target: Target): string {
  const [system = ""] = target.split("-");
  return `memoferry ${version} for ${target}

${STEPS[system]}

Then write to your bot: /start tells you the rest. All that memoferry keeps is in
the folder that DATA_DIR names. To upgrade, put the new executable in the place of
the old one and start it again.
`;
}
