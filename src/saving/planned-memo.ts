import type { MemoDraft } from "../memos/client.ts";
import { attachmentNames, commentName, memoName, type Plan } from "./plan.ts";

/** One of the things a plan makes in Memos: the memo itself, or one of its comments. */
export interface Item {
  of(plan: Plan): {
    readonly id: string;
    /** Where the server chose it, and since when: see `Plan`. */
    readonly name: string | null;
    readonly began_at: number | null;
    /** The memo it comments. */
    readonly parent: string | null;
  };
  nameIn(plan: Plan): string;
  draft(plan: Plan): MemoDraft;
  /** The plan with what is known of it by now. */
  known(plan: Plan, known: { readonly name: string | null; readonly began_at?: number }): Plan;
}

/** The memo, or the comment that the message as a whole became. */
export const mainItem: Item = {
  of: ({ memo_id: id, memo_name: name, create_began_at: began_at, reply }) => ({
    id,
    name,
    began_at,
    parent: reply.parent,
  }),
  nameIn: memoName,
  draft: (plan) => ({
    id: plan.memo_id,
    content: plan.content,
    visibility: plan.visibility,
    createTime: new Date(plan.create_time),
    attachments: attachmentNames(plan),
    ...(plan.location && { location: plan.location }),
  }),
  known: (plan, { name, began_at = plan.create_began_at }) => ({
    ...plan,
    memo_name: name,
    create_began_at: began_at,
  }),
};

/** The comment at a place in `rest`, under the memo `parent`. */
export function restItem(at: number, parent: string): Item {
  const comment = ({ rest }: Plan) => {
    const found = rest[at];
    if (!found) throw new Error(`the plan has no comment ${at}`);
    return found;
  };
  return {
    of(plan) {
      const { comment_id: id, name, began_at } = comment(plan);
      return { id, name, began_at, parent };
    },
    nameIn: (plan) => commentName(comment(plan)),
    draft: (plan) => ({
      id: comment(plan).comment_id,
      content: comment(plan).content,
      visibility: plan.visibility,
      // Memos lists comments by their time: a second apart they are read in their order.
      createTime: new Date(Date.parse(plan.create_time) + (at + 1) * 1000),
      attachments: [],
    }),
    known: (plan, { name, began_at = comment(plan).began_at }) => ({
      ...plan,
      rest: plan.rest.map((other, index) => (index === at ? { ...other, name, began_at } : other)),
    }),
  };
}
