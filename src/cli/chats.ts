import type { Command } from "commander";
import type { Chat, ChatChanges } from "../http/chats.ts";
import { callApi, listFromApi } from "./api.ts";
import { oneLine, readChatId, readTelegramId } from "./format.ts";
import type { CommandLine } from "./terminal.ts";

export function chats(program: Command, commandLine: CommandLine): void {
  program
    .command("chats")
    .summary("lists the groups and channels that the bot has heard of")
    .description(
      "Whose memos what is said there becomes, and what the bot is there: only an administrator gets the posts of a channel.",
    )
    .option("--json", "prints all of the list as GET /api/v1/chats gives it: { items, next }")
    .action(async ({ json }: { json?: boolean }) => {
      const list = await listFromApi<Chat>(commandLine.onDatabase(), "/api/v1/chats");
      commandLine.printList(json, list, TABLE);
    });
}

export function bindChat(program: Command, { onDatabase, terminal }: CommandLine): void {
  program
    .command("bind-chat")
    .summary("saves all that is said in a group or channel for somebody who is bound")
    .description(
      "Every message of a group, or post of a channel, becomes a memo of that person's account. It is said in the group; of a channel they are told in private. In a channel the bot has to be an administrator. Works beside a running memoferry.",
    )
    .argument("<chat id>", "of a group or channel, as `memoferry chats` lists it", readChatId)
    .argument("<telegram id>", "whose memos they become", readTelegramId)
    .action(async (chatId: number, telegram_id: number) => {
      const chat = await change(onDatabase, chatId, { telegram_id });
      terminal.print(`What is said in ${nameOf(chat)} becomes memos of the Telegram user ${telegram_id}.`);
    });
}

export function unbindChat(program: Command, { onDatabase, terminal }: CommandLine): void {
  program
    .command("unbind-chat")
    .summary("ends that")
    .description(
      "What waits is still saved; memos stay as they are. In a group the bot answers to who calls it, as before. Works beside a running memoferry.",
    )
    .argument("<chat id>", "of a group or channel, as `memoferry chats` lists it", readChatId)
    .action(async (chatId: number) => {
      const chat = await change(onDatabase, chatId, { telegram_id: null });
      terminal.print(`What is said in ${nameOf(chat)} is nobody's any more.`);
    });
}

const change = (onDatabase: CommandLine["onDatabase"], chatId: number, changes: ChatChanges) =>
  callApi<Chat>(onDatabase(), "PATCH", `/api/v1/chats/${chatId}`, changes);

const nameOf = ({ type, title, chat_id }: Chat) => oneLine(`${type ?? "chat"} ${title ?? chat_id}`);

const TABLE = {
  none: "The bot has not heard of a group or channel yet.",
  head: ["CHAT ID", "TYPE", "TITLE", "SAVED FOR", "THE BOT IS"],
  row: ({ chat_id, type, title, mode, telegram_id, bot_status }: Chat) => [
    String(chat_id),
    type ?? "not known",
    oneLine(title ?? "not known"),
    mode === "all" && telegram_id !== null ? String(telegram_id) : "-",
    bot_status ?? "not known",
  ],
};
