/** `Pool.post`, the call for back ends, with queue, retries and deadlines. */
import { Pool, Request } from "@apnskit/pool";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, ...options }) => {
  const { tokens, headers, body, payloadOf, headersOf } = workload(options);
  const pool = await Pool.open(origin, { size: connections, tls: { ca } });
  const template = Request.of(devicePath(tokens[0]!), headers, body, { timeout: 60_000 });

  const path = (index: number) => devicePath(tokens[index % tokens.length]!);
  const personal = (index: number) =>
    Request.of(path(index), headersOf(), JSON.stringify(payloadOf(index)), { timeout: 60_000 });

  return {
    post:
      options.workload === "each"
        ? (index) => pool.post(personal(index))
        : (index) => pool.post(template.to(path(index))),
    close: () => pool.close(),
  };
});
