import type { Treatments } from "../apns/manner.ts";
import type { Goaway } from "../apns/session.ts";
import type { BindingSettings } from "../apns/stream-book.ts";
import type { AddressState, HandshakeTrouble, NameService } from "../network/network.ts";

/** Milliseconds for which something goes on. */
interface Lasting {
  readonly duration: number;
}

/** The kinds of faults, with their parameters. */
export type FaultKind =
  // the network
  | ({ readonly kind: "cut"; readonly direction: "up" | "down" | "both" } & Lasting)
  | { readonly kind: "reset"; readonly share: number }
  | { readonly kind: "forget"; readonly share: number }
  | ({ readonly kind: "slow"; readonly factor: number } & Lasting)
  | ({ readonly kind: "narrow"; readonly factor: number } & Lasting)
  | ({ readonly kind: "names"; readonly mode: NameService } & Lasting)
  | ({ readonly kind: "address"; readonly place: number; readonly state: AddressState } & Lasting)
  | ({ readonly kind: "handshake"; readonly trouble: HandshakeTrouble } & Lasting)
  // APNs
  | ({ readonly kind: "goaway"; readonly share: number } & Goaway)
  | { readonly kind: "restart"; readonly how: "end" | "reset"; readonly downtime: number }
  | { readonly kind: "settings"; readonly settings: BindingSettings }
  | ({ readonly kind: "manner"; readonly treatments: Treatments } & Lasting)
  | ({ readonly kind: "stop" } & Lasting)
  | ({ readonly kind: "slow-reader"; readonly rate: number } & Lasting)
  | ({ readonly kind: "turn-away"; readonly reason: string } & Lasting)
  | { readonly kind: "expire-tokens" }
  | ({ readonly kind: "certificate"; readonly how: "answer" | "goaway" | "handshake" } & Lasting)
  // the machine
  | ({ readonly kind: "pause" } & Lasting)
  | ({ readonly kind: "suspend"; readonly stands: boolean } & Lasting)
  | { readonly kind: "wall-clock"; readonly by: number };

/** Something that goes wrong at a time; milliseconds since the world began. */
export type Fault = { readonly at: number } & FaultKind;

/** A fault in a few words. */
export function describeFault({ at, kind, ...rest }: Fault): string {
  return `${(at / 1_000).toFixed(3)} s: ${kind} ${JSON.stringify(rest)}`;
}
