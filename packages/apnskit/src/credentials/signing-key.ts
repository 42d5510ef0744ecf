import { KeyObject } from "node:crypto";
import { InvalidCredentials } from "../errors.ts";
import { derKind } from "./der-kind.ts";
import { readKeyMaterial } from "./key-material.ts";
import type { Block } from "./pem-blocks.ts";
import { isEncrypted, isPrivateKey, readPrivateKey } from "./private-key.ts";
import type { Source } from "./source.ts";

/** An APNs authentication key: the `.p8` file's text or bytes, `{ file }`, or a key that is already loaded. */
export type SigningKeySource = Source | KeyObject;

/**
 * Reads an APNs authentication key, which is an unencrypted PKCS#8 key on the curve P-256 ("Establishing a token-based
 * connection to APNs").
 *
 * @throws InvalidCredentials `ERR_APNS_KEY_UNREADABLE`, `ERR_APNS_KEY_WRONG_TYPE` or `ERR_APNS_CREDENTIALS_AMBIGUOUS`
 */
export function readSigningKey(source: SigningKeySource): KeyObject {
  const key =
    source instanceof KeyObject ? source : onlyKey(readKeyMaterial("key", source, "ERR_APNS_KEY_UNREADABLE"));
  if (key.type !== "private") throw wrongType(`a ${key.type} key`);
  if (key.asymmetricKeyType !== "ec") throw wrongType(`a key of type ${key.asymmetricKeyType ?? "unknown"}`);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== "prime256v1") throw wrongType(`an EC key on the curve ${curve ?? "unknown"}`);
  return key;
}

function onlyKey(blocks: readonly Block[]): KeyObject {
  const keys = blocks.filter(isPrivateKey);
  const [first, ...more] = keys;
  if (first === undefined) throw unreadable(`it is not a private key, but ${described(blocks[0]!)}`);
  if (isEncrypted(first))
    throw unreadable("it is encrypted; keys from Apple are not, so this is another key");
  const key = readPrivateKey(first, undefined);
  if (more.some((block) => !readPrivateKey(block, undefined).equals(key))) {
    throw new InvalidCredentials("ERR_APNS_CREDENTIALS_AMBIGUOUS", `key holds ${keys.length} private keys`);
  }
  return key;
}

function described({ der, problem }: Block): string {
  return der === undefined ? `a block that cannot be read: ${problem}` : `a ${derKind(der)}`;
}

function unreadable(why: string): InvalidCredentials {
  return new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", `key: ${why}`);
}

function wrongType(found: string): InvalidCredentials {
  return new InvalidCredentials(
    "ERR_APNS_KEY_WRONG_TYPE",
    `key must be a P-256 private key (ES256), not ${found}`,
  );
}
