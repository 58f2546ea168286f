import type { Bound } from "../accounts.ts";
import type { Message } from "./messages.ts";
import { strandedMessage } from "./stranded.ts";
import type { Texts } from "./texts.ts";

/** What somebody is told who was just bound: that they are, and what becomes of what waits for other accounts. */
export function boundMessages(texts: Texts, { binding, released, left }: Bound): Message[] {
  const { display_name } = binding;
  const hello = released > 0 ? texts.boundAndReleased(display_name, released) : texts.bound(display_name);
  return [{ text: hello }, ...left.map((waiting) => strandedMessage(texts, binding, waiting))];
}
