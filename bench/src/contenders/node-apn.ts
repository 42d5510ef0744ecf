/** @parse/node-apn as its readme has it: a notification object, sent to one device after the other, or one for each. */
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
    // Its own default of 5 s would turn a long queue into failures.
    requestTimeout: 60_000,
  };
  const provider =
    connections === 1
      ? new apn.Provider(providerOptions)
      : new apn.MultiProvider({ ...providerOptions, clientCount: connections });
  // "priority" is taken out since apns-priority: 10, the default, is sent by none of the others.
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
