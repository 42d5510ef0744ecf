import { Pool, Request } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { Nghttpd, Nginx, nginxRequests } from "@apnskit/testkit/peers";
import { afterAll, describe, expect, it } from "vitest";
import { exampleHtdocs } from "./support/htdocs.ts";
import { examples } from "./support/notifications.ts";
import { PageTable } from "./support/page.ts";
import { sendAll } from "./support/sending.ts";
import { title } from "./support/servers.ts";

failOnLeaks();

const COUNT = 100_000;
const allAnswered = { statuses: { 200: COUNT }, errors: {}, retries: 0 };

const table = new PageTable("hundred-thousand", "Server");
afterAll(() => table.settle());

function record(server: string): void {
  table.record(server, "Sent through one pool", COUNT.toLocaleString("en"));
  table.record(server, "Answered 200", COUNT.toLocaleString("en"));
  table.record(server, "Sent again", "0");
}

const nginx = { name: Nginx.name, available: Nginx.available() };
const nghttpd = { name: Nghttpd.name, available: Nghttpd.available() };

describe.skipIf(!nginx.available.installed)(title(nginx), () => {
  it("answers 100,000 notifications of the example file through one pool, and received exactly that many", async () => {
    await using server = await Nginx.start({ readBodies: true, statusPath: "/status" });
    expect(await sendAll(server, examples(COUNT), { size: 2 })).toEqual(allAnswered);
    await using pool = await Pool.open(server.origin, { tls: { ca: server.ca } });
    const status = await pool.post(Request.of("/status", {}, "", { method: "GET" }));
    expect(nginxRequests(status.text())).toBe(COUNT + 1);
    record(nginx.name);
  }, 60_000);
});

describe.skipIf(!nghttpd.available.installed)(title(nghttpd), () => {
  it("answers 100,000 notifications of the example file through one pool", async () => {
    await using server = await Nghttpd.start({ htdocs: await exampleHtdocs() });
    expect(await sendAll(server, examples(COUNT), { size: 2 })).toEqual(allAnswered);
    record(nghttpd.name);
  }, 60_000);
});
