import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Secret } from "../../base/secret.ts";

export type Encryption = ReturnType<typeof createEncryption>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals texts with AES-256-GCM under a key derived from SECRET_KEY. Any string of 16 characters or more serves as that:
 * HKDF-SHA256 (RFC 5869) makes 256 bits of it.
 */
export function createEncryption(secretKey: Secret) {
  const key = Buffer.from(hkdfSync("sha256", secretKey.reveal(), "", "memoferry access tokens", 32));
  return {
    /** `context` is authenticated with it: a sealed text moved to another row does not open. */
    seal(text: string, context: string): string {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
    },
    /** @throws when the key or the context is another, or the text was changed. */
    open(sealed: string, context: string): string {
      const bytes = Buffer.from(sealed, "base64");
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const cipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      cipher.setAuthTag(tag);
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([cipher.update(body), cipher.final()]).toString("utf8");
    },
  };
}
