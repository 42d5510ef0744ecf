/**
 * `ApnsClient.sendMany`, the call for applications. It checks device tokens and gives each notification an id
 * and an outcome.
 */
import { ApnsClient, type Notification, providerToken, raw } from "apnskit";
import { contend } from "../contender.ts";
import { KEY_ID, TEAM_ID, TOPIC, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, streams, ...options }) => {
  const { tokens, payload, payloadOf } = workload(options);
  const auth = providerToken({ key: options.signingKey, keyId: KEY_ID, teamId: TEAM_ID });
  const size = connections;
  const apns = await ApnsClient.open({ origin, auth, topic: TOPIC, tls: { ca }, size, timeout: 60_000 });
  const notification = raw({ payload, pushType: "alert", expiration: 0 });

  function* devices(count: number): Generator<string> {
    for (let i = 0; i < count; i++) yield tokens[i % tokens.length]!;
  }

  function* pairs(count: number): Generator<[string, Notification]> {
    for (let i = 0; i < count; i++) {
      const own = raw({ payload: payloadOf(i), pushType: "alert", expiration: 0 });
      yield [tokens[i % tokens.length]!, own];
    }
  }

  return {
    async run(count) {
      let accepted = 0;
      const failures: Record<string, number> = {};
      // As many in flight as for every other client.
      const concurrency = connections * streams;
      const outcomes =
        options.workload === "each"
          ? apns.sendMany(pairs(count), { concurrency })
          : apns.sendMany(devices(count), notification, { concurrency });
      for await (const outcome of outcomes) {
        if (outcome.result === "accepted") accepted++;
        else failures[outcome.result] = (failures[outcome.result] ?? 0) + 1;
      }
      return { accepted, failures };
    },
    close: () => apns.close(),
  };
});
