/** A link as Telegram keeps it, or why it refuses it. */
type CheckedLink = { url: string } | { error: string };

const hostCharacters = /^(?:[a-z0-9.\-_!$,~*'();&+=\u0080-\uffff]|%[0-9a-f]{2})*$/i;

/**
 * Checks a link as for buttons and text links: http, https, tg, ton and tonsite only, and a host with a dot (or an
 * IPv6 address). So `http://localhost:5230` is none. Without a protocol it is http.
 */
export function checkLink(input: string): CheckedLink {
  const given = input.trim();
  if (/^(tg|ton):/i.test(given)) return { url: given.replace(/^[a-z]+/i, (name) => name.toLowerCase()) };
  const parsed = parseUrl(given, "http");
  if ("error" in parsed) return parsed;
  if (!["http", "https", "tonsite"].includes(parsed.protocol)) return { error: "Unsupported URL protocol" };
  if (!parsed.host.includes(".") && !parsed.host.startsWith("[")) return { error: "Wrong HTTP URL" };
  const port = parsed.port === undefined ? "" : `:${parsed.port}`;
  const userInfo = parsed.userInfo === "" ? "" : `${parsed.userInfo}@`;
  return { url: `${parsed.protocol}://${userInfo}${parsed.host}${port}${parsed.path}` };
}

export interface ParsedUrl {
  protocol: string;
  userInfo: string;
  host: string;
  /** Undefined when the protocol's own. */
  port: number | undefined;
  path: string;
}

export function parseUrl(text: string, defaultProtocol: string): ParsedUrl | { error: string } {
  const withProtocol = /^([^:/?#]*):\/\/(.*)$/s.exec(text);
  const protocol = (withProtocol?.[1] ?? defaultProtocol).toLowerCase();
  if (!["http", "https", "tonsite"].includes(protocol)) return { error: "Unsupported URL protocol" };
  const rest = withProtocol?.[2] ?? text;
  const authorityEnd = rest.search(/[/?#]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  const tail = authorityEnd < 0 ? "" : rest.slice(authorityEnd);
  const at = authority.lastIndexOf("@");
  const userInfo = at < 0 ? "" : authority.slice(0, at);
  const hostPort = authority.slice(at + 1);
  const split = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(hostPort);
  const host = (split?.[1] ?? "").toLowerCase();
  const portText = split?.[2];
  if (host === "") return { error: "URL host is empty" };
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (portText === "" || !Number.isInteger(port) || port < 1 || port > 65535)) {
    return { error: "Wrong port number specified in the URL" };
  }
  if (!host.startsWith("[") && !hostCharacters.test(host))
    return { error: "Disallowed character in URL host" };
  const path = (tail.startsWith("/") ? tail : `/${tail}`).replace(/[\p{Cc} ]/gu, (c) =>
    c <= " " ? `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}` : c,
  );
  return { protocol, userInfo, host, port, path };
}
