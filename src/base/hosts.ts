import { BlockList, isIP } from "node:net";

/** https://www.rfc-editor.org/rfc/rfc6890 */
const PRIVATE_ADDRESSES = new BlockList();
for (const range of [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16",
  "::/127 fc00::/7 fe80::/10",
].flatMap((line) => line.split(" "))) {
  const [network = "", prefix] = range.split("/");
  PRIVATE_ADDRESSES.addSubnet(network, Number(prefix), isIP(network) === 4 ? "ipv4" : "ipv6");
}

const PRIVATE_NAMES = /\.(localhost|local|localdomain|lan|home|internal|intranet|home\.arpa)$/i;

/** True for an address or name that only the own machine or network knows. Asks no resolver. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const version = isIP(host);
  if (version !== 0) return PRIVATE_ADDRESSES.check(host, version === 4 ? "ipv4" : "ipv6");
  return !host.includes(".") || PRIVATE_NAMES.test(host);
}
