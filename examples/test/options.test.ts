import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { readOptions } from "../demo/options.ts";

function read(...args: string[]) {
  const said: string[] = [];
  const command = new Command().configureOutput({
    writeErr: (text) => said.push(text),
    writeOut: (text) => said.push(text),
  });
  try {
    return { options: readOptions(args, "default.ndjson", command), said: said.join("") };
  } catch (error) {
    return { error: error as Error & { exitCode: number }, said: said.join("") };
  }
}

describe("the demo's options", () => {
  test("have defaults", () => {
    expect(read().options).toEqual({
      file: "default.ndjson",
      count: 100_000,
      connections: 2,
      timeout: 10_000,
    });
  });

  test("are read with and without the -- that pnpm passes on", () => {
    const expected = { file: "f", count: 5, connections: 3, timeout: 20 };
    const args = ["--count", "5", "--connections=3", "--timeout", "20", "--file", "f"];
    expect(read(...args).options).toEqual(expected);
    expect(read("--", ...args).options).toEqual(expected);
  });

  test("name a running server", () => {
    expect(read("--origin", "https://h:1", "--ca", "a", "--cert", "c", "--key", "k").options?.server).toEqual(
      {
        origin: "https://h:1",
        ca: "a",
        cert: "c",
        key: "k",
      },
    );
    expect(read("--origin", "https://h:1").options?.server).toEqual({ origin: "https://h:1" });
  });

  test.each([
    [["--count", "0"], "a whole number from 1 to"],
    [["--count", "1e5"], "a whole number from 1 to"],
    [["--count", "-3"], "a whole number from 1 to"],
    [["--connections", "101"], "a whole number from 1 to 100"],
    [["--timeout", "soon"], "a whole number from 1 to 3600000"],
    [["--ca", "a"], "--ca needs --origin"],
    [["--origin", "https://h", "--cert", "c"], "--cert and --key go together; received only --cert"],
    [["--origin", "https://h", "--key", "c"], "--cert and --key go together; received only --key"],
    [["--cuont", "5"], "unknown option '--cuont'"],
    [["surplus"], "too many arguments"],
  ])("%j are refused with exit code 2", (args, message) => {
    const { error, said } = read(...args);
    expect(said).toContain(message);
    expect(said).toContain("--help lists the options");
    expect(error?.exitCode).toBe(2);
  });

  test("are explained by --help", () => {
    const { error, said } = read("--help");
    for (const option of ["file", "count", "connections", "timeout", "origin", "ca", "cert", "key"]) {
      expect(said).toContain(`--${option} `);
    }
    expect(said).toContain("Ctrl-C");
    expect(error?.exitCode).toBe(0);
  });
});
