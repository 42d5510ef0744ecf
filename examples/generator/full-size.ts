import type { SeededRandom } from "@apnskit/testkit";
import { alertHeaders } from "./alerts.ts";
import { apps } from "./apps.ts";
import {
  appHeaders,
  deviceToken,
  maxPayloadBytes,
  type Notification,
  type Payload,
  payloadBytes,
} from "./notification.ts";
import { type Story, tell } from "./stories.ts";

/**
 * A summary of missed items, of exactly `bytes` bytes: as many items of one language as fit, and a checksum
 * that fills the rest.
 */
export function roundup(stories: readonly Story[], bytes: number, random: SeededRandom): Notification {
  const lead = tell(random.pick(stories), random);
  const items: { title: string; body: string }[] = [];
  const payload = (checksum: string): Payload => ({
    aps: {
      alert: { title: lead.title || lead.body, body: lead.body },
      "mutable-content": 1,
      "interruption-level": "passive",
    },
    items,
    checksum,
  });
  for (;;) {
    const { title, body } = tell(random.pick(stories), random);
    items.push({ title, body });
    if (payloadBytes(payload("")) <= bytes) continue;
    items.pop();
    break;
  }
  return {
    token: deviceToken(random),
    headers: alertHeaders("com.example.roundup", random.pick(["morning", "evening"]), random),
    payload: filled(payload, bytes, random, "hex"),
  };
}

/**
 * An end-to-end encrypted message, padded to hide its length. The notification service extension decrypts it
 * on the device and replaces the alert.
 */
export function sealedMessage(random: SeededRandom, bytes: number = maxPayloadBytes): Notification {
  const conversation = random.bytes(6).toString("hex");
  return {
    token: deviceToken(random),
    headers: { ...appHeaders("alert", apps.chat.bundleId), "apns-priority": "10" },
    payload: filled(
      (ciphertext) => ({
        aps: {
          alert: { "loc-key": "NEW_MESSAGE" },
          sound: "default",
          "mutable-content": 1,
          "thread-id": conversation,
        },
        v: 2,
        ciphertext,
      }),
      bytes,
      random,
      "base64",
    ),
  };
}

/** The payload with its last text extended, so that the whole is exactly `bytes` bytes of UTF-8. */
export function filled(
  payload: (filling: string) => Payload,
  bytes: number,
  random: SeededRandom,
  encoding: "hex" | "base64",
): Payload {
  const room = bytes - payloadBytes(payload(""));
  if (room < 0) throw new RangeError(`${bytes} bytes are too few for this payload by ${-room}`);
  return payload(random.bytes(room).toString(encoding).slice(0, room));
}
