import type { Secret } from "../../base/secret.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Binding, Bindings } from "../../store/accounts/bindings.ts";

/** Who asks. */
export interface Asker {
  readonly binding: Binding;
  readonly token: Secret;
  readonly texts: Texts;
}

/** Looks up who asks: undefined for who is not bound to this Memos server, since tokens of another one stay here. */
export const createAskerOf =
  ({ bindings, server }: { bindings: Pick<Bindings, "get" | "accessToken">; server: string }) =>
  (telegramId: number): Omit<Asker, "texts"> | undefined => {
    const binding = bindings.get(telegramId);
    const token = binding?.server === server ? bindings.accessToken(telegramId) : undefined;
    return binding && token && { binding, token };
  };
