import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, describe, expect, it } from "vitest";
import { cells, describeCell } from "./support/cells.ts";
import { difference } from "./support/echo.ts";
import { identified } from "./support/notifications.ts";
import { PageTable } from "./support/page.ts";
import { sendAll } from "./support/sending.ts";
import { type Server, servers, title } from "./support/servers.ts";

failOnLeaks();

/** Notifications per cell: most of the example file, with all its kinds. */
const COUNT = 2_000;

const matrix = new PageTable("matrix", "Settings of client and server");
const peers = new PageTable("servers", "Server");
afterAll(() => {
  peers.settle();
  matrix.settle();
});

for (const server of servers) {
  describe.skipIf(!server.available.installed)(title(server), () => {
    it("is named in the documentation", () => {
      peers.note(server.name, "Version", server.version());
      peers.record(server.name, "Answers", String(server.status));
      peers.record(server.name, "Configurable settings", settingsOf(server));
      peers.record(server.name, "Echoes requests", server.echoes ? "yes" : "no");
    });

    for (const cell of cells) {
      it(`answers every notification${server.echoes ? ", each arrived exactly" : ""}: ${describeCell(cell)}`, async () => {
        await using running = await server.start(cell);
        const differences: string[] = [];
        const tls = { ca: running.ca, minVersion: cell.tls, maxVersion: cell.tls };
        const report = await sendAll(
          running,
          identified(COUNT),
          { size: 2, tls },
          ({ request, response }) => {
            if (!server.echoes || response === undefined) return;
            const found = difference(request, response.body);
            if (found !== undefined) differences.push(found);
            if (response.apnsId !== request.header("apns-id")) differences.push("another request's answer");
          },
        );
        expect({ ...report, differences: differences.slice(0, 3) }).toEqual({
          statuses: { [server.status]: COUNT },
          errors: {},
          retries: 0,
          differences: [],
        });
        matrix.record(
          describeCell(cell),
          server.name,
          `${COUNT.toLocaleString("en")} ${server.echoes ? "exact" : "answered"}`,
        );
      });
    }
  });
}

const words = {
  tls: "TLS version",
  streams: "streams",
  headerTableSize: "table",
  windows: "windows",
} as const;

function settingsOf({ sets }: Server): string {
  return sets.map((setting) => words[setting]).join(", ");
}
