import { ApnsClient, alert, providerToken } from "apnskit";
import { CampaignWorker, PostgresStore, RedisStore } from "../src/index.ts";
import type { WorkerSetup } from "./worker-process.ts";

/** One worker of a campaign, as a process. The environment holds its set-up, and SIGTERM stops it. */
const setup = JSON.parse(process.env.APNSKIT_SOAK!) as WorkerSetup;
const { kind, namespace, port, origin, ca, key, queue, lockDuration } = setup;
const store =
  kind === "redis"
    ? new RedisStore({ connection: { host: "127.0.0.1", port }, prefix: namespace })
    : new PostgresStore({
        connection: {
          connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
          schema: `${namespace}_queue`,
        },
        schema: namespace,
      });
const apns = await ApnsClient.open({
  origin,
  tls: { ca },
  auth: providerToken(key),
  topic: "com.example.app",
  retry: { minDelay: 20 },
});
const worker = new CampaignWorker({
  store,
  client: clientOf(apns),
  queue,
  lockDuration,
  content: () => ({
    recipients: (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => deviceOf(from + at)),
    notification: alert({ title: "Summer sale" }),
  }),
});
/**
 * A client sends a push with a collapse id again when its connection was lost, as after a suspension, and the server then
 * acts twice. The soak judges the campaign, so that such a push must end as unknown.
 */
function clientOf(client: ApnsClient): ApnsClient {
  const sendMany = (source: never, options: object) =>
    client.sendMany(source, { ...options, idempotent: false });
  return { sendMany } as never;
}

process.once("SIGTERM", async () => {
  await Promise.all([worker.close({ drain: 2_000, limit: 4_000 }), apns.close({ drain: 2_000 })]);
  process.exit(0);
});

function deviceOf(index: number): string {
  return index.toString(16).padStart(64, "0");
}
