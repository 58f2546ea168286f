import type { Methods } from "./called.ts";
import { badRequest } from "./errors.ts";
import { decodeJson, isObject } from "./json.ts";
import type { Params } from "./params.ts";

interface BotCommand {
  command: string;
  description: string;
}

/** What the bot says about itself: commands by scope and language, descriptions. */
export function profileMethods(): Methods {
  const lists = new Map<string, BotCommand[]>();
  const descriptions = new Map<string, string>();

  const setText = (name: string, limit: number) => (params: Params) => {
    const text = params.text(name);
    if (text.length > limit) throw badRequest(`bot ${name.replaceAll("_", " ")} is too long`);
    descriptions.set(`${name}/${params.text("language_code")}`, text);
    return true;
  };
  const getText = (name: string) => (params: Params) => ({
    [name]: descriptions.get(`${name}/${params.text("language_code")}`) ?? "",
  });

  return {
    setMyCommands(params) {
      const value = params.json("commands", "can't parse commands JSON object");
      if (!Array.isArray(value)) throw badRequest("expected an Array of BotCommand");
      if (value.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
      lists.set(keyOf(params), value.map(readCommand));
      return true;
    },
    getMyCommands: (params) => lists.get(keyOf(params)) ?? [],
    setMyDescription: setText("description", 512),
    getMyDescription: getText("description"),
    setMyShortDescription: setText("short_description", 120),
    getMyShortDescription: getText("short_description"),
  };
}

function readCommand(item: unknown): BotCommand {
  const fail = (text: string) => badRequest(`can't parse BotCommand: ${text}`);
  if (!isObject(item)) throw fail("expected an Object");
  const { command, description } = item;
  if (typeof command !== "string") throw fail('Can\'t find field "command"');
  if (typeof description !== "string") throw fail('Can\'t find field "description"');
  const name = command.replace(/^\//, "");
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest("BOT_COMMAND_INVALID");
  const text = description.trim();
  if (text.length < 1 || text.length > 256) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
  return { command: name, description: text };
}

function keyOf(params: Params): string {
  const scope = decodeJson(params.text("scope"));
  const { type, chat_id: chat, user_id: user } = isObject(scope) ? scope : { type: "default" };
  const name = [type, chat, user].filter((part) => part !== undefined).join(":");
  const language = params.text("language_code");
  if (language !== "" && !/^[a-z]{2}$/.test(language)) throw badRequest("invalid language code specified");
  return `${name}/${language}`;
}
