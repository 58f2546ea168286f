import { backup } from "./backup.ts";
import { bind } from "./bind.ts";
import { bindings } from "./bindings.ts";
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { forgetTokens } from "./forget-tokens.ts";
import { healthcheck } from "./healthcheck.ts";
import { help } from "./help.ts";
import { invite } from "./invite.ts";
import { retry } from "./retry.ts";
import { serve } from "./serve.ts";
import { unbind } from "./unbind.ts";
import { updates } from "./updates.ts";
import { version } from "./version.ts";
import { webhook } from "./webhook.ts";

/** Every command, in the order of `help`. */
export const commands: readonly Command[] = [
  serve,
  check,
  healthcheck,
  bind,
  bindings,
  unbind,
  invite,
  updates,
  retry,
  webhook,
  backup,
  forgetTokens,
  version,
  help,
];
