import { X509Certificate } from "node:crypto";
import { PackageRefused } from "../errors.ts";

/** The signer of a package. */
export interface Signer {
  /** The subject's UID: pass type or order type. */
  readonly identifier: string | undefined;
  /** The subject's OU. */
  readonly team: string | undefined;
}

/**
 * Verifies the detached CMS signature of a manifest: it must be valid, have a signing time, and include the
 * certificate that issued the signer's.
 *
 * @throws PackageRefused
 */
export async function verifySignature(signature: Buffer, manifest: Buffer): Promise<Signer> {
  // Only Wallet devices need it, and loading takes a tenth of a second.
  const pkijs = await import("pkijs");
  const signed = parse(pkijs, signature);
  const [info] = signed.signerInfos;
  if (info === undefined) throw new PackageRefused("The signature has no signer");
  const types = (info.signedAttrs?.attributes ?? []).map(({ type }) => type);
  if (!types.includes(SIGNING_TIME)) throw new PackageRefused("The signature has no signing-time");
  const holds = await signed
    .verify({ signer: 0, data: bytes(manifest), checkChain: false })
    .catch(() => false);
  if (!holds) throw new PackageRefused("The signature is not over this manifest, or not of its signer");
  const certificates = (signed.certificates ?? []).flatMap((one) =>
    one instanceof pkijs.Certificate ? [new X509Certificate(Buffer.from(one.toSchema(true).toBER()))] : [],
  );
  const leaf = certificates.find(({ ca }) => !ca);
  if (leaf === undefined) throw new PackageRefused("The signature has no signer's certificate");
  if (!certificates.some((one) => one !== leaf && leaf.verify(one.publicKey))) {
    throw new PackageRefused("The signature lacks the certificate that issued the signer's");
  }
  return { identifier: attributeOf(leaf, "UID"), team: attributeOf(leaf, "OU") };
}

const SIGNING_TIME = "1.2.840.113549.1.9.5";

function parse(pkijs: typeof import("pkijs"), signature: Buffer) {
  try {
    const outer = pkijs.ContentInfo.fromBER(bytes(signature));
    return new pkijs.SignedData({ schema: outer.content });
  } catch (cause) {
    throw new PackageRefused("The signature is not CMS", { cause });
  }
}

function attributeOf({ subject }: X509Certificate, name: string): string | undefined {
  const line = subject.split("\n").find((one) => one.startsWith(`${name}=`));
  return line?.slice(name.length + 1);
}

/** A copy whose ArrayBuffer contains only these bytes. */
function bytes(buffer: Uint8Array): ArrayBuffer {
  return Uint8Array.from(buffer).buffer;
}
