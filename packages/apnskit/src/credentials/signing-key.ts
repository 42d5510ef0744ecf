import { createPrivateKey, KeyObject } from "node:crypto";
import { InvalidCredentials } from "../errors.ts";
import { loadPem, type Source } from "./source.ts";

/** An APNs authentication key: the `.p8` file's text or bytes, `{ file }`, or a key that is already loaded. */
export type SigningKeySource = Source | KeyObject;

/**
 * Reads an APNs authentication key, which is an unencrypted PKCS#8 key on the curve P-256 ("Establishing a token-based
 * connection to APNs").
 *
 * @throws InvalidCredentials `ERR_APNS_KEY_UNREADABLE` or `ERR_APNS_KEY_WRONG_TYPE`
 */
export function readSigningKey(source: SigningKeySource): KeyObject {
  const key = source instanceof KeyObject ? source : parse(loadPem("key", source, "ERR_APNS_KEY_UNREADABLE"));
  if (key.type !== "private") throw wrongType(`a ${key.type} key`);
  if (key.asymmetricKeyType !== "ec") throw wrongType(`a key of type ${key.asymmetricKeyType ?? "unknown"}`);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== "prime256v1") throw wrongType(`an EC key on the curve ${curve ?? "unknown"}`);
  return key;
}

function parse(pem: string): KeyObject {
  if (pem.includes("ENCRYPTED")) {
    throw new InvalidCredentials(
      "ERR_APNS_KEY_UNREADABLE",
      "key is encrypted; keys from Apple are not, so this is another key",
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", "key is not a private key that can be read", {
      cause,
    });
  }
}

function wrongType(found: string): InvalidCredentials {
  return new InvalidCredentials(
    "ERR_APNS_KEY_WRONG_TYPE",
    `key must be a P-256 private key (ES256), not ${found}`,
  );
}
