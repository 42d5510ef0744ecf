/**
 * node-apn (@parse/node-apn) as in its readme. One notification object goes to all devices in turn, or each
 * device gets its object.
 */
import apn from "@parse/node-apn";
import { contend } from "../contender.ts";
import { KEY_ID, TEAM_ID, TOPIC, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, ...options }) => {
  const { tokens, payload, payloadOf } = workload(options);
  const { hostname, port } = new URL(origin);
  const providerOptions = {
    token: { key: options.signingKey, keyId: KEY_ID, teamId: TEAM_ID },
    address: hostname,
    port: Number(port),
    ca: [ca],
    // The default of 5 s would turn a long queue into failures.
    requestTimeout: 60_000,
  };
  const provider =
    connections === 1
      ? new apn.Provider(providerOptions)
      : new apn.MultiProvider({ ...providerOptions, clientCount: connections });
  // No "priority": the other clients do not send apns-priority: 10, because 10 is the default.
  const notificationOf = (rawPayload: object) =>
    Object.assign(new apn.Notification(), {
      rawPayload,
      topic: TOPIC,
      pushType: "alert",
      expiry: 0,
      priority: undefined,
    });
  const shared = notificationOf(payload);

  return {
    async post(index) {
      const notification = options.workload === "each" ? notificationOf(payloadOf(index)) : shared;
      const { sent, failed } = await provider.send(notification, tokens[index % tokens.length]!);
      if (sent.length === 1) return 200;
      throw failed[0]?.error ?? new Error(`status ${failed[0]?.status}`);
    },
    async close() {
      provider.shutdown();
    },
  };
});
