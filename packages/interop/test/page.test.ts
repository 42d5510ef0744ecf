import { describe, expect, it } from "vitest";
import { cells, describeCell } from "./support/cells.ts";
import { readTable } from "./support/page.ts";
import { servers } from "./support/servers.ts";

const names = servers.map(({ name }) => name);

describe("docs/interoperability.md", () => {
  it("names every server, with the tested version", () => {
    const table = readTable("servers");
    expect([...table.keys()]).toEqual(names);
    for (const row of table.values()) expect(row.get("Version")).toMatch(/^\d+\.\d+/);
  });

  it("has a result for every server in every combination of settings", () => {
    const table = readTable("matrix");
    expect([...table.keys()]).toEqual(cells.map(describeCell));
    for (const row of table.values()) {
      expect([...row.keys()]).toEqual(names);
      for (const text of row.values()) expect(text).toMatch(/^2,000 (answered|exact)$/);
    }
  });

  it("has a result for every server with each of the client's own settings", () => {
    const table = readTable("own-settings");
    expect(table.size).toBe(5);
    for (const row of table.values()) {
      expect([...row.keys()]).toEqual(names);
      expect([...row.values()]).not.toContain("–");
    }
  });

  it("states the results of 100,000 notifications, and of connections that end under load", () => {
    expect([...readTable("hundred-thousand").keys()]).toEqual(["nginx", "nghttpd"]);
    expect([...readTable("endings").keys()].map((row) => row.split(":")[0])).toEqual(
      expect.arrayContaining(["Go net/http", "nginx", "Apache", "HAProxy", "node"]),
    );
  });
});

describe("the combinations of settings", () => {
  it("hold each pair of values of any two settings at least once", () => {
    const values = {
      tls: ["TLSv1.2", "TLSv1.3"],
      streams: [1, 100, 1_000],
      headerTableSize: [0, 4_096, 65_536],
      windows: ["small", "large"],
    } as const;
    const settings = Object.keys(values) as (keyof typeof values)[];
    const missing = settings.flatMap((a, index) =>
      settings
        .slice(index + 1)
        .flatMap((b) =>
          values[a].flatMap((x) =>
            values[b]
              .filter((y) => !cells.some((cell) => cell[a] === x && cell[b] === y))
              .map((y) => [a, x, b, y]),
          ),
        ),
    );
    expect(missing).toEqual([]);
  });
});
