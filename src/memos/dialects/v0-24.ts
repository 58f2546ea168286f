import { contains, type Dialect } from "./dialect.ts";
import { v0_25 } from "./v0-25.ts";

/** 0.24: files are resources, no ids are ours. */
export const v0_24: Dialect = {
  ...v0_25,
  name: "0.24",
  whoAmI: { method: "POST", path: "/api/v1/auth/status", account: (answer) => answer },
  defaultVisibility: [
    { path: (account) => `/api/v1/${account}/setting`, visibility: (answer) => answer["memoVisibility"] },
  ],
  files: "resources",
  choosesAttachmentIds: false,
  // Filters know users only from 0.24.1 on.
  ownMemos: (account, wanted) => ({
    parent: account,
    filter: contains(wanted).join(" && "),
    state: wanted.state,
  }),
};
