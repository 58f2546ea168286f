import { type Dialect, gomark } from "./dialect.ts";
import { v0_25_3 } from "./v0-25-3.ts";

/** 0.25.0 to 0.25.2: ids of files are ours, those of memos the server's. */
export const v0_25: Dialect = {
  ...v0_25_3,
  name: "0.25",
  memoSettings: "/api/v1/workspace/settings/MEMO_RELATED",
  defaultVisibility: [
    ...v0_25_3.defaultVisibility,
    // 0.25.0
    {
      path: (account) => `/api/v1/${account}:getSetting`,
      visibility: (answer) => answer["memoVisibility"],
    },
  ],
  choosesMemoIds: false,
  markdown: gomark,
  slowTexts: true,
};
