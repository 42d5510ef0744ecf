import { generateSigningKey } from "@apnskit/mock-server";
import type { ScriptedPeer } from "@apnskit/testkit";
import { ApnsClient, type ApnsClientOptions, type Auth, alert, providerToken } from "apnskit";

export const TOKEN = "ab".repeat(32);
export const APP = "com.example.app";
export const hello = alert({ title: "Hello" });

/** A provider token with a new key. */
export function newAuth(): Auth {
  return providerToken(generateSigningKey());
}

/** A client of a scripted peer. */
export function openClient(peer: ScriptedPeer, more: Partial<ApnsClientOptions> = {}): Promise<ApnsClient> {
  const options = { origin: peer.origin, tls: { ca: peer.ca }, auth: newAuth(), topic: APP, ...more };
  return ApnsClient.open(options as ApnsClientOptions);
}
