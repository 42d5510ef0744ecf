// Run as a process of its own: whether it ends by itself is what is looked at. Arguments: origin, authority, scenario.
import { Pool, type PoolOptions } from "../../src/index.ts";
import { push } from "./pools.ts";

const [origin, ca, scenario] = process.argv.slice(2) as [string, string, string];
const options: PoolOptions = { tls: { ca }, unref: true, reconnect: { minDelay: 60_000, maxDelay: 60_000 } };
const say = (what: unknown) => process.stdout.write(`${what}\n`);

if (scenario === "idle") {
  const pool = await Pool.open(origin, options);
  say((await pool.post(push(1))).status);
} else if (scenario === "between attempts to connect") {
  const pool = new Pool(origin, options);
  pool.on("connectFailed", ({ failure }) => say(failure));
} else if (scenario === "waiting for a connection") {
  const pool = new Pool(origin, { ...options, reconnect: { minDelay: 50, maxDelay: 50 } });
  pool.on("connectFailed", ({ failure }) => say(failure));
  pool.post(push(1, { timeout: Infinity })).then(({ status }) => say(status));
} else if (scenario === "in flight") {
  const pool = await Pool.open(origin, options);
  pool.post(push(1, { timeout: Infinity })).then(({ status }) => say(status));
} else {
  const pool = await Pool.open(origin, options);
  const refused = await pool.post(push(1, { timeout: 3_000 }));
  say(refused.status);
}
