import { printable } from "@apnskit/connection/internal";
import { type Clock, InvalidCredentials } from "apnskit";
import type { ManifestDigest } from "../files/package-file.ts";
import type { PackageFiles } from "../files/package-files.ts";
import { signFiles } from "./sign-package.ts";
import type { SignedPackage } from "./signed-package.ts";
import { readIdentities, type SignerOptions } from "./signing-identities.ts";
import type { SigningIdentity } from "./signing-identity.ts";

/** What the packages of one kind have in common. */
export interface PackageKind {
  /** For the errors: `PassSigner`. */
  readonly signer: string;
  /** The prefix of identifiers of this kind. */
  readonly prefix: string;
  readonly digest: ManifestDigest;
  readonly contentType: string;
}

/** Signs the packages of one kind. A file may have certificates for several identifiers. */
export class PackageSigner {
  /** The certificates that can sign. */
  readonly identities: readonly SigningIdentity[];
  readonly #kind: PackageKind;
  readonly #clock: Clock;

  constructor(kind: PackageKind, options: SignerOptions) {
    const { identities, clock } = readIdentities(kind.signer, options, kind.prefix);
    this.identities = Object.freeze([...identities]);
    this.#kind = kind;
    this.#clock = clock;
  }

  /**
   * @param identifier pass type, order type or website push id of the package
   * @param team the team that the package names, if it does
   * @throws InvalidCredentials for a certificate of another identifier or team, or outside its validity
   */
  protected signFiles(files: PackageFiles, identifier: string, team: string | undefined): SignedPackage {
    const time = this.#clock.epoch();
    const identity = this.#identityFor(identifier, team, time);
    return signFiles(files, identity, this.#kind.digest, this.#kind.contentType, time);
  }

  /** The newest valid certificate for one identifier. A file may still have the predecessor. */
  #identityFor(identifier: string, team: string | undefined, time: number): SigningIdentity {
    const ofIdentifier = this.identities.filter((one) => one.identifier === identifier);
    if (ofIdentifier.length === 0) {
      const those = this.identities.slice(0, 10).map((one) => one.identifier);
      throw new InvalidCredentials(
        "ERR_APNS_CERTIFICATE_IDENTIFIER",
        `The certificate is for ${printable(those.join(", "))}, not for ${printable(identifier)}; ` +
          "give the certificate of this identifier, or change the identifier in the package",
      );
    }
    const ofTeam = ofIdentifier.filter((one) => [team, one.team].includes(undefined) || one.team === team);
    if (ofTeam.length === 0) {
      const { team: other } = ofIdentifier[0]!;
      throw new InvalidCredentials(
        "ERR_APNS_CERTIFICATE_TEAM",
        `The certificate belongs to the team ${printable(other ?? "(none)")}, but teamIdentifier is ` +
          `${printable(team!)}; set teamIdentifier to the certificate's team`,
      );
    }
    const [newest] = ofTeam.toSorted((one, other) => validFirst(one, other, time));
    return newest!;
  }
}

function validFirst(one: SigningIdentity, other: SigningIdentity, time: number): number {
  const validity = Number(isValid(other, time)) - Number(isValid(one, time));
  return validity === 0 ? other.notAfter.getTime() - one.notAfter.getTime() : validity;
}

function isValid({ notBefore, notAfter }: SigningIdentity, time: number): boolean {
  return notBefore.getTime() <= time && time <= notAfter.getTime();
}
