import { AppError } from "../base/errors.ts";

const SIGNS: Readonly<Record<string, string>> = { success: "✅", warning: "⚠️", failure: "❌" };

/**
 * The bodies that monitors send by default:
 * - Apprise (`json://`) has `title`, `message` and `type`, its API server `body`
 * - Uptime Kuma has `msg`, beside `heartbeat` and `monitor`
 * - Grafana has `title` and `message`, in Markdown, beside `status` and `alerts`
 *
 * https://appriseit.com/services/json/, https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
export function readMonitorBody(body: Readonly<Record<string, unknown>>) {
  const text = ["message", "body", "msg"].map((name) => body[name]).find(isText) ?? "";
  const title = isText(body["title"]) ? body["title"] : "";
  if (text === "" && title === "")
    throw new AppError("unprocessable", "There is no title, message, body or msg in it.");
  const sign = SIGNS[String(body["type"])];
  return {
    title: sign !== undefined && title !== "" ? `${sign} ${title}` : title,
    text: sign !== undefined && title === "" ? `${sign} ${text}` : text,
    files: Array.isArray(body["attachments"]) ? body["attachments"].flatMap(fileOf) : [],
    format: Array.isArray(body["alerts"]) ? ("markdown" as const) : ("plain" as const),
  };
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** As Apprise attaches them. */
function fileOf(attachment: unknown): File[] {
  const { filename, base64, mimetype } = Object(attachment) as Record<string, unknown>;
  if (!isText(base64)) return [];
  const type = isText(mimetype) ? mimetype : "";
  return [new File([Buffer.from(base64, "base64")], isText(filename) ? filename : "", { type })];
}
