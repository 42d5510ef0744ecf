import type { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { ApnsClient, type ApnsClientOptions, type OpenOptions, providerToken } from "../../src/index.ts";
import { APP } from "./on-the-wire.ts";
import { p8 } from "./p8.ts";

/** A client of a scripted peer, on a clock that stands still, without jitter. */
export function openScripted(
  peer: ScriptedPeer,
  clock: ManualClock,
  more: Partial<ApnsClientOptions> = {},
  open?: OpenOptions,
): Promise<ApnsClient> {
  const auth = providerToken({ key: p8(), keyId: "ABC123DEFG", teamId: "DEF123GHIJ", clock });
  const options = {
    origin: peer.origin,
    tls: { ca: peer.ca },
    auth,
    topic: APP,
    clock,
    random: () => 1,
    ...more,
  };
  return ApnsClient.open(options as ApnsClientOptions, open);
}

/** Moves the clock from timer to timer, with turns for sockets in between, until the promise has settled. */
export async function passTime<Value>(
  clock: ManualClock,
  promise: Promise<Value>,
  step = 50,
): Promise<Value> {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  for (let turn = 0; turn < 10_000 && !settled; turn++) await clock.advanceAsync(step);
  return watched;
}
