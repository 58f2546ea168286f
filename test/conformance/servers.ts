import { Secret } from "../../src/secret.ts";

/** One real server of `MEMOS_REAL`. */
export interface RealServer {
  version: string;
  url: string;
  /** Of the first account, which is made if there is none. */
  username: string;
  password: string;
}

/** `<version>=<url>#<admin user>:<password>`, several with commas between them. Throws for anything else. */
export function realServers(setting: string): RealServer[] {
  return setting
    .split(",")
    .map((text) => text.trim())
    .filter(Boolean)
    .map((text) => {
      const match = /^([^=]+)=(https?:\/\/[^#]+?)\/?#([^:]+):(.+)$/.exec(text);
      const [, version = "", url = "", username = "", password = ""] = match ?? [];
      if (!match) throw new Error("MEMOS_REAL is <version>=<url>#<admin user>:<password>, …");
      return { version, url, username, password };
    });
}

/** A fresh access token of the account; the account is made first where it is not there. */
export async function tokenOf(
  { version, url }: RealServer,
  username: string,
  password: string,
): Promise<Secret> {
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
