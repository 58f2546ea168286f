import { copyOf, isObject, type JsonObject } from "./json.ts";

/** Checklists as apps make and change them. */

const maxTasks = 30;

export function newChecklist(title: string, tasks: string[]): JsonObject {
  return {
    checklist: {
      title,
      tasks: tasks.map((text, index) => ({ id: index + 1, text })),
      others_can_add_tasks: true,
      others_can_mark_tasks_as_done: true,
    },
  };
}

/** The checklist with these tasks ticked, or no longer. */
export function ticked(
  body: JsonObject,
  ids: number[],
  by: { user: unknown; date: number } | undefined,
): JsonObject {
  const { checklist, tasks } = partsOf(body);
  for (const id of ids) {
    if (!tasks.some((task) => task["id"] === id)) throw new Error(`the checklist has no task ${id}`);
  }
  const changed = tasks.map((task): JsonObject => {
    if (!ids.includes(Number(task["id"]))) return task;
    const { completed_by_user: _by, completion_date: _date, ...open } = task;
    return by ? { ...open, completed_by_user: by.user, completion_date: by.date } : open;
  });
  return { ...checklist, tasks: changed };
}

/** The checklist with more tasks, and these alone. */
export function extended(body: JsonObject, texts: string[]): { checklist: JsonObject; added: JsonObject[] } {
  const { checklist, tasks } = partsOf(body);
  const last = Math.max(0, ...tasks.map((task) => Number(task["id"])));
  const added = texts.map((text, index): JsonObject => ({ id: last + index + 1, text }));
  if (tasks.length + added.length > maxTasks) throw new Error(`a checklist has at most ${maxTasks} tasks`);
  return { checklist: { ...checklist, tasks: [...tasks, ...added] }, added };
}

function partsOf(body: JsonObject): { checklist: JsonObject; tasks: JsonObject[] } {
  const checklist = copyOf(body["checklist"]);
  if (!isObject(checklist) || !Array.isArray(checklist["tasks"])) {
    throw new Error("the message is no checklist");
  }
  return { checklist, tasks: checklist["tasks"] as JsonObject[] };
}
