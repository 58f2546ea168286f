import { contains, type Dialect, inSeconds, userNumber } from "./dialect.ts";
import { v0_26 } from "./v0-26.ts";

/** 0.25.3: sessions and JSON web tokens, the time by a patch after the create, a newline is shown as a space. */
export const v0_25_3: Dialect = {
  ...v0_26,
  name: "0.25.3",
  whoAmI: { method: "GET", path: "/api/v1/auth/sessions/current", account: (answer) => answer["user"] },
  tokens: "jwt",
  setsTimeOnCreate: false,
  tellsMissing: false,
  times: [inSeconds],
  ownMemos: (account, wanted) => ({
    filter: [`creator_id == ${userNumber(account)}`, ...contains(wanted)].join(" && "),
    state: wanted.state,
  }),
  markdown: { ...v0_26.markdown, escapeDollar: false, hardBreaks: true, earlySpace: true },
};
