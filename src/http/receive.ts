import { Elysia } from "elysia";
import { json } from "./answer.ts";
import { type Check, readFields, readJson } from "./body.ts";

const MODES = ["polling", "webhook"] as const;
export type ReceiveMode = (typeof MODES)[number];

/** How updates come in. */
export interface Receive {
  readonly mode: ReceiveMode;
  readonly since: string;
  readonly reason: string;
}

/** `POST /api/v1/receive`: changes how updates come in. `switchTo` throws `conflict` with the reason when it cannot. */
export function receive({ switchTo }: { switchTo(mode: ReceiveMode): Promise<Receive> }) {
  return new Elysia().post(
    "/api/v1/receive",
    async ({ request }) => {
      const input = readFields(await readJson(request), { required: { mode }, optional: {} });
      return json(await switchTo(input.mode));
    },
    { parse: "none" },
  );
}

const mode: Check<ReceiveMode> = (value, refuse) =>
  MODES.find((known) => known === value) ?? refuse(`must be one of ${MODES.join(", ")}`);
