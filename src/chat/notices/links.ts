/** Telegram drops links to hosts without a dot, and refuses buttons with them: then no link is given at all. */
export function linkWorks(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname.includes(".") || hostname.startsWith("[");
}

/**
 * What the admin should do so that links to memos work, where they do not.
 * @param given MEMOS_PUBLIC_URL, where it is set.
 */
export function linkTrouble(base: string, given: string | null): string | null {
  const { hostname } = new URL(base);
  if (!linkWorks(base)) {
    const mend =
      given === null ? "set MEMOS_PUBLIC_URL" : "set MEMOS_PUBLIC_URL to a name with a dot, or an address";
    return `Telegram shows no link to such a host (${hostname}): ${mend}`;
  }
  if (!isThisMachine(hostname)) return null;
  return `${base} is this machine only: set MEMOS_PUBLIC_URL to where your phone finds Memos`;
}

const isThisMachine = (hostname: string) => /^(\[::1?\]|127\.|localhost$)/.test(hostname);

/** Names that only a home network knows. */
const HOME_NAMES = /\.(local|lan|home|internal|intranet|localdomain|localhost|home\.arpa)$/;
/** https://www.rfc-editor.org/rfc/rfc6890 */
const HOME_ADDRESSES =
  /^(0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[(::1?\]|f[cd]|fe[89ab]))/;

/** Whether an address leads somewhere for everybody: where a home network has its servers is not for strangers. */
export function isForEverybody(url: string): boolean {
  const { hostname } = new URL(url);
  return linkWorks(url) && !HOME_NAMES.test(hostname) && !HOME_ADDRESSES.test(hostname);
}
