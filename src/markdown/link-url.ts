/** An address as Telegram takes it for a link; null for what it would refuse together with the whole message. */
export function telegramUrl(address: string): string | null {
  const url = URL.parse(address);
  if (!url || url.href.length > 2_000 || !/^https?:$/.test(url.protocol)) return null;
  const isNamed = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(url.hostname) || url.hostname.startsWith("[");
  return isNamed && url.username === "" && url.port !== "0" ? url.href : null;
}
