import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type Handler,
  loadModel,
  type PackageFiles,
  PassSigner,
  pass,
  passService,
  type Registrations,
  type SignedPackage,
  type SignerOptions,
} from "@apnskit/wallet";

/** A customer's card. */
interface Card {
  readonly holder: string;
  points: number;
  /** Secret. The holder of the token may fetch the pass. */
  readonly token: string;
}

/** A tea shop with loyalty cards in Wallet. */
export class Shop {
  /** Answers devices. */
  readonly service: Handler;
  /** The URL at which devices reach the service. */
  webServiceUrl = "";
  readonly #cards = new Map<string, Card>();
  readonly #signer: PassSigner;
  readonly #model: PackageFiles;

  private constructor(signer: PassSigner, model: PackageFiles, registrations: Registrations) {
    this.#signer = signer;
    this.#model = model;
    this.service = passService({
      registrations,
      basePath: "/wallet",
      find: (serialNumber) => {
        const card = this.#cards.get(serialNumber);
        return card && { authenticationToken: card.token, package: () => this.pass(serialNumber) };
      },
    });
  }

  static async open(options: SignerOptions, registrations: Registrations): Promise<Shop> {
    const model = await loadModel(fileURLToPath(new URL("card.pass", import.meta.url)));
    return new Shop(new PassSigner(options), model, registrations);
  }

  /** @returns the serial number of the new card */
  issue(holder: string): string {
    const serialNumber = String(this.#cards.size + 1);
    this.#cards.set(serialNumber, { holder, points: 0, token: randomBytes(24).toString("base64url") });
    return serialNumber;
  }

  /** Adds points to a card. Call `updatePasses` to notify the devices. */
  reward(serialNumber: string, points: number): void {
    this.#cards.get(serialNumber)!.points += points;
  }

  /** The current version of a card. */
  pass(serialNumber: string): SignedPackage {
    const { holder, points, token } = this.#cards.get(serialNumber)!;
    return this.#signer.sign(
      pass(this.#model, {
        serialNumber,
        authenticationToken: token,
        webServiceURL: this.webServiceUrl,
        storeCard: {
          headerFields: [
            { key: "points", label: "Points", value: points, changeMessage: "You have %@ points" },
          ],
          primaryFields: [{ key: "name", label: "Holder", value: holder }],
        },
      }),
    );
  }
}
