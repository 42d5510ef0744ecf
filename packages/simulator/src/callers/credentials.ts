import { generateKeyPairSync } from "node:crypto";
import { type ProviderToken, providerToken } from "apnskit";

// The key has no part in a run: signatures are simulated, and its identifier is given.
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** The provider tokens of a run, by number: clients with the same number share one. */
export class Credentials {
  readonly #tokens = new Map<number, ProviderToken>();

  provider(number: number): ProviderToken {
    let token = this.#tokens.get(number);
    if (token === undefined) {
      token = providerToken({ key: privateKey, keyId: this.keyId(number), teamId: "TEAM000000" });
      this.#tokens.set(number, token);
    }
    return token;
  }

  keyId(number: number): string {
    return `KEY000000${number}`;
  }
}

/** Provider tokens of one process of a campaign: a process does not know those of the processes before it. */
export function campaignCredentials(place: number, process: number): ProviderToken {
  const keyId = `C${place}P${process}`.padEnd(10, "X").slice(0, 10);
  return providerToken({ key: privateKey, keyId, teamId: "TEAM000000" });
}
