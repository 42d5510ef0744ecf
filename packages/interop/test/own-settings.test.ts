import { ErrorCode, type SessionOptions } from "@apnskit/http2";
import type { Request } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, describe, expect, it } from "vitest";
import type { Cell } from "./support/cells.ts";
import { difference } from "./support/echo.ts";
import { identified } from "./support/notifications.ts";
import { PageTable } from "./support/page.ts";
import { servers, title } from "./support/servers.ts";
import { sendOver } from "./support/session-client.ts";

/**
 * The client's own settings for HPACK tables and windows. The tests use a session on its own socket, below
 * the connection.
 */

failOnLeaks();

const COUNT = 500;

/** The server gives the client's encoder the largest table. */
const cell: Cell = { tls: "TLSv1.3", streams: 100, headerTableSize: 65_536, windows: "large" };

type Own = Required<Pick<SessionOptions, "headerTableSize" | "encoderTableSize" | "streamWindow">>;

const settings: readonly Own[] = [
  { headerTableSize: 0, encoderTableSize: 0, streamWindow: 65_535 },
  { headerTableSize: 4_096, encoderTableSize: 4_096, streamWindow: 65_535 },
  { headerTableSize: 65_536, encoderTableSize: 65_536, streamWindow: 1_048_576 },
  { headerTableSize: 0, encoderTableSize: 65_536, streamWindow: 1_048_576 },
  { headerTableSize: 65_536, encoderTableSize: 0, streamWindow: 65_535 },
];

const describeOwn = ({ headerTableSize, encoderTableSize, streamWindow }: Own) =>
  `decoder's table ${number(headerTableSize)}, encoder's ${number(encoderTableSize)}, stream window ${number(streamWindow)}`;
const number = (value: number) => value.toLocaleString("en");

const table = new PageTable("own-settings", "Settings of the client");
afterAll(() => table.settle());

for (const server of servers) {
  describe.skipIf(!server.available.installed)(title(server), () => {
    for (const own of settings) {
      const row = describeOwn(own);
      if (server.keepsTable && own.headerTableSize < 4_096) {
        it(`ignores the smaller table, which ends the connection: ${row}`, async () => {
          await using running = await server.start(cell);
          const sent = sendOver(running, await requests(), own);
          await expect(sent).rejects.toMatchObject({ errorCode: ErrorCode.COMPRESSION_ERROR });
          table.record(row, server.name, "COMPRESSION_ERROR");
        });
        continue;
      }
      it(`answers every notification${server.echoes ? ", each arrived exactly" : ""}: ${row}`, async () => {
        await using running = await server.start(cell);
        const answers = await sendOver(running, await requests(), own);
        expect(answers.filter(({ status }) => status === server.status)).toHaveLength(COUNT);
        if (server.echoes) {
          const differences = answers.map(({ owner, body }) => difference(owner, body));
          expect(differences.filter((found) => found !== undefined)).toEqual([]);
        }
        table.record(row, server.name, `${number(COUNT)} ${server.echoes ? "exact" : "answered"}`);
      });
    }
  });
}

async function requests(): Promise<Request[]> {
  const all: Request[] = [];
  for await (const request of identified(COUNT)) all.push(request);
  return all;
}
