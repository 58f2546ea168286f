import { Secret } from "../../src/base/secret.ts";

/** One real server of `MEMOS_REAL`. */
export interface RealServer {
  version: string;
  url: string;
  access: { admin: Account } | { tokens: [Secret, Secret] };
}

export interface Account {
  username: string;
  password: string;
}

export const HOW_TO_GIVE_SERVERS =
  "Set MEMOS_REAL=<version>=<url>#<admin user>:<password> (the account is made on an empty server), or " +
  "<version>=<url>#<token>+<token> with the access tokens of two ordinary accounts; several with commas between them.";

/** Throws for what is not as `HOW_TO_GIVE_SERVERS` says, without showing any of it. */
export function realServers(setting: string): RealServer[] {
  return setting
    .split(",")
    .map((text) => text.trim())
    .filter(Boolean)
    .map((text) => {
      const [, version = "", url = "", key = ""] = /^([^=]+)=(https?:\/\/[^#]+?)\/?#(.+)$/.exec(text) ?? [];
      const [, username, password] = /^([^:]+):(.+)$/.exec(key) ?? [];
      if (username && password) return { version, url, access: { admin: { username, password } } };
      const [, first, second] = /^([\w.-]+)\+([\w.-]+)$/.exec(key) ?? [];
      if (first && second)
        return { version, url, access: { tokens: [new Secret(first), new Secret(second)] } };
      throw new Error(`MEMOS_REAL is not right. ${HOW_TO_GIVE_SERVERS}`);
    });
}

/** Access tokens of two ordinary accounts, which are made unless they are given. */
export async function twoAccounts(server: RealServer): Promise<[Secret, Secret]> {
  const { access } = server;
  if ("tokens" in access) return access.tokens;
  return [await newAccount(server), await newAccount(server)];
}

let accounts = 0;

/** Access token of an ordinary account, which is a new one unless tokens are given. */
export async function newAccount({ version, url, access }: RealServer): Promise<Secret> {
  if ("tokens" in access) return access.tokens[0];
  // The first account is an administrator, who may read what others may not.
  await tokenOf(version, url, access.admin);
  accounts += 1;
  const username = `core-${Date.now().toString(36)}-${accounts}`;
  return tokenOf(version, url, { username, password: "core-password-1" });
}

/** A fresh access token of the account; the account is made first where it is not there. */
async function tokenOf(version: string, url: string, { username, password }: Account): Promise<Secret> {
  const old = version < "0.25";
  const post = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { response, json };
  };
  // Answers 500 where the name is taken: then it is ours already.
  const credentials = { username, password };
  if (old) await post(`auth/signup?${new URLSearchParams(credentials)}`);
  else await post("users", { ...credentials, role: version < "0.26" ? "HOST" : "ADMIN" });

  // The second names are those of 0.24.
  const asQuery = new URLSearchParams({
    ...credentials,
    "passwordCredentials.username": username,
    "passwordCredentials.password": password,
  });
  const signIn = old
    ? await post(`auth/signin?${asQuery}`)
    : await post(version < "0.26" ? "auth/sessions" : "auth/signin", { passwordCredentials: credentials });
  if (!signIn.response.ok) throw new Error(`${version}: ${username} cannot sign in`);
  const { json } = signIn;
  const user = (old ? json : json["user"]) as { name: string };
  const cookie = signIn.response.headers.get("grpc-metadata-set-cookie")?.split(";")[0] ?? "";
  const login = version < "0.26" ? { cookie } : { authorization: `Bearer ${json["accessToken"]}` };
  const kind = old ? "access_tokens" : version < "0.26" ? "accessTokens" : "personalAccessTokens";
  const made = await post(
    `${user.name}/${kind}`,
    { description: "memoferry conformance", ...(old && { expiresAt: "2040-01-01T00:00:00Z" }) },
    login,
  );
  const token = made.json["token"] ?? made.json["accessToken"];
  if (typeof token !== "string") throw new Error(`${version}: no access token for ${username}`);
  return new Secret(token);
}
