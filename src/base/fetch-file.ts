import { lookup as systemLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { AppError, codeOf, messageOf } from "./errors.ts";
import { isPrivateHost } from "./hosts.ts";

const FETCH_MS = 30_000;
const MOST_REDIRECTS = 5;

const refused = (why: string) => new AppError("unprocessable", `A file could not be fetched: ${why}.`);

/**
 * A file from an address that somebody else chose. Unless `allowPrivate`, none that only this machine or its network
 * knows is called, by whatever name or redirect: what a name resolves to is looked at once, and that is connected to.
 * @throws AppError "unprocessable"; it names the host alone, since the rest of an address may be secret.
 */
export async function fetchFile(
  address: string,
  options: {
    readonly limitBytes: number;
    readonly allowPrivate: boolean;
    readonly lookup?: typeof systemLookup;
  },
): Promise<File> {
  const { limitBytes, allowPrivate, lookup = systemLookup } = options;
  const signal = AbortSignal.timeout(FETCH_MS);
  const isRefused = (host: string) => !allowPrivate && isPrivateHost(host);
  const privately = (host: string) =>
    refused(`${host} is in the network of memoferry, which ALLOW_PRIVATE_URLS does not allow`);

  const checkedLookup: LookupFunction = (host, { all }, found) =>
    lookup(host, { all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return found(error ?? refused(`${host} has no address`), "", 0);
      if (addresses.some(({ address }) => isRefused(address))) return found(privately(host), "", 0);
      return all ? found(null, addresses) : found(null, first.address, first.family);
    });

  function get(url: URL): Promise<IncomingMessage> {
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      request(url.href, { lookup: checkedLookup, agent: false, signal }, resolve).on("error", reject).end();
    });
  }

  async function follow(url: URL | null, redirects: number): Promise<File> {
    if (!url || !/^https?:$/.test(url.protocol)) throw refused("the address is not one of http or https");
    const { hostname, host } = url;
    // An address is not looked up.
    if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0 && isRefused(hostname)) throw privately(host);
    try {
      const answer = await get(url);
      const { statusCode = 0, headers } = answer;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        answer.destroy();
        if (redirects === 0) throw refused(`${host} redirects too often`);
        return await follow(URL.parse(headers.location, url.href), redirects - 1);
      }
      if (statusCode !== 200) {
        answer.destroy();
        throw refused(`${host} answered ${statusCode}`);
      }
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let bytes = 0;
      for await (const chunk of answer) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw refused(`what ${host} has is larger than ${limitBytes} bytes`);
        chunks.push(chunk);
      }
      const name = decoded(url.pathname.split("/").at(-1) ?? "");
      return new File(chunks, name || host, { type: headers["content-type"] ?? "" });
    } catch (error) {
      if (error instanceof AppError) throw error;
      const why = signal.aborted ? " did not answer in time" : `: ${codeOf(error) ?? messageOf(error)}`;
      throw refused(`${host}${why}`);
    }
  }

  return follow(URL.parse(address), MOST_REDIRECTS);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
