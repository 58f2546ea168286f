import { BlockList, isIP } from "node:net";

/** Tells whether an address is in one of the networks, such as `10.0.0.0/8`; one without a prefix is one address. */
export function addressesOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const [family, bits] = isIP(address) === 4 ? (["ipv4", 32] as const) : (["ipv6", 128] as const);
    list.addSubnet(address, Number(prefix ?? bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

/** https://www.rfc-editor.org/rfc/rfc6890 */
const PRIVATE_NETWORKS = [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16",
  // For protocols, for tests, multicast and reserved.
  "192.0.0.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4",
  "fc00::/7 fe80::/10 fec0::/10 ff00::/8",
  // These hold an address of IPv4, which may be any.
  "::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 2002::/16",
];
/** Made when it is first asked: most servers have a name. */
let isPrivateAddress: ReturnType<typeof addressesOf> | undefined;

const PRIVATE_NAMES = /\.(localhost|local|localdomain|lan|home|internal|intranet|home\.arpa)$/i;

/** True for an address or name that only the own machine or network knows. Asks no resolver. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIP(host) !== 0) {
    isPrivateAddress ??= addressesOf(PRIVATE_NETWORKS.flatMap((line) => line.split(" ")));
    return isPrivateAddress(host);
  }
  return !host.includes(".") || PRIVATE_NAMES.test(host);
}
