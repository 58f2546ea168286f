import type { Secret } from "../../base/secret.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo } from "../../memos/client.ts";
import type { Binding, Bindings } from "../../store/accounts/bindings.ts";

/** Who asks. */
export interface Asker {
  readonly binding: Binding;
  readonly token: Secret;
  readonly texts: Texts;
}

/** What the server calls an account by now: an upgrade of Memos may name it anew. */
export interface AccountNames {
  /** Asks Memos. The binding under that name; undefined when the person was bound anew meanwhile. */
  askName(binding: Binding, token: Secret, signal: AbortSignal): Promise<Binding | undefined>;
  /** Whether a memo is of the account; Memos is asked only where it seems not. */
  isOwn(
    of: { readonly binding: Binding; readonly token: Secret; readonly memo: Memo },
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** Looks up who asks: undefined for who is not bound to this Memos server, since tokens of another one stay here. */
export const createAskerOf =
  ({ bindings, server }: { bindings: Pick<Bindings, "get" | "accessToken">; server: string }) =>
  (telegramId: number): Omit<Asker, "texts"> | undefined => {
    const binding = bindings.get(telegramId);
    const token = binding?.server === server ? bindings.accessToken(telegramId) : undefined;
    return binding && token && { binding, token };
  };

export type AskerOf = ReturnType<typeof createAskerOf>;
