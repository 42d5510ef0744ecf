/** What backends use: `Pool.post`, with its queue, retries and deadlines. */
import { Pool, Request } from "@apnskit/pool";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, ...options }) => {
  const { tokens, headers, body } = workload(options);
  const pool = await Pool.open(origin, { size: connections, tls: { ca } });
  const template = Request.of(devicePath(tokens[0]!), headers, body, { timeout: 60_000 });

  return {
    post: (index) => pool.post(template.to(devicePath(tokens[index % tokens.length]!))),
    close: () => pool.close(),
  };
});
