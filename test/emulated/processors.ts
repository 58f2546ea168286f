import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Target } from "../../.ci/targets.ts";

/** The C library of arm64, from Debian's libc6-arm64-cross. */
const ARM64_ROOT = "/usr/aarch64-linux-gnu";

/** Processors that this machine has not, by qemu. */
export interface Processor {
  readonly name: string;
  readonly target: Target;
  /** What runs an executable for it. */
  readonly emulator: readonly [string, ...string[]];
}

const arm64 = (name: string, cpu: string): Processor => ({
  name,
  target: "linux-arm64",
  emulator: ["qemu-aarch64-static", "-cpu", cpu, "-L", ARM64_ROOT],
});

export const PI_3 = arm64("Cortex-A53 (Raspberry Pi 3)", "cortex-a53");
export const PI_4 = arm64("Cortex-A72 (Raspberry Pi 4)", "cortex-a72");
export const WITHOUT_AVX: Processor = {
  name: "Nehalem (x64 without AVX)",
  target: "linux-x64",
  emulator: ["qemu-x86_64-static", "-cpu", "Nehalem"],
};

export const canEmulate = () =>
  [PI_3, WITHOUT_AVX].every(({ emulator: [qemu] }) => spawnSync(qemu, ["--version"]).status === 0) &&
  existsSync(ARM64_ROOT);

/** What to install where it cannot. */
export const NEEDED = "the packages qemu-user-static and libc6-arm64-cross";
