import type { Bound } from "../accounts.ts";
import { accountName } from "../store/account-names.ts";
import type { Binding } from "../store/bindings.ts";
import type { Message } from "./messages.ts";
import { strandedMessage } from "./stranded.ts";
import type { Texts } from "./texts.ts";

/** What somebody is told who was just bound: that they are, and what becomes of what waits for other accounts. */
export function boundMessages(texts: Texts, { binding, released, left }: Bound): Message[] {
  return [
    { text: binding.guest_of === null ? hello(texts, binding, released) : welcome(texts, binding, released) },
    ...left.map((waiting) => strandedMessage(texts, binding, waiting)),
  ];
}

function hello(texts: Texts, { display_name }: Binding, released: number): string {
  return released > 0 ? texts.boundAndReleased(display_name, released) : texts.bound(display_name);
}

/** To a guest: the account, and its name, are somebody else's. */
function welcome(texts: Texts, binding: Binding, released: number): string {
  const name = accountName(binding);
  const lines = released > 0 ? [texts.strandedSaved(name, released)] : [];
  return [texts.guestBound(name), ...lines].join("\n");
}
