import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { runProgram } from "../src/program.ts";
import { tool } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

const source = `import { ApnsClient, alert, providerToken, Timeout, type Outcome } from "apnskit";
import { Pool, Request } from "@apnskit/pool";
import { Connection } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";

export async function send(key: string): Promise<Outcome> {
  const apns = await ApnsClient.open({
    environment: "production",
    auth: providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
    topic: "com.example.app",
  });
  try {
    return await apns.trySend("ab".repeat(32), alert({ title: "Hello", badge: 1 }));
  } catch (error) {
    if (error instanceof Timeout) console.log(error.deadlineSource, error.delivery);
    throw error;
  }
}

export async function post(): Promise<number> {
  const pool: Pool = await Pool.open("https://api.push.apple.com", { size: 2 });
  const connection: Connection = await Connection.open("https://api.push.apple.com");
  const { status } = await pool.post(Request.of("/3/device/00", {}, "{}"));
  return status + (await connection.post(Request.of("/3/device/00"))).status + ErrorCode.NO_ERROR;
}

// @ts-expect-error The types are there: anything else would have no error here.
providerToken({ key: 1 });
`;

interface Resolution {
  readonly name: string;
  /**
   * The program under several names. The extension selects ES modules or CommonJS, if the compiler supports
   * both.
   */
  readonly files: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

const both = ["program.mts", "program.cts"];
const resolutions: readonly Resolution[] = [
  { name: "node10", files: ["program.ts"], options: { module: "commonjs", moduleResolution: "node10" } },
  { name: "node16", files: both, options: { module: "node16" } },
  { name: "nodenext", files: both, options: { module: "nodenext" } },
  { name: "bundler", files: ["program.ts"], options: { module: "esnext", moduleResolution: "bundler" } },
];

const strict = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

describe.skipIf(unavailable).each(["5.5", "6.0"])(
  "TypeScript %s checks a program and all types, under",
  (version) => {
    it.each(resolutions)("moduleResolution $name", async ({ name, files, options }) => {
      const folder = join(project, `typescript-${version}-${name}`);
      mkdirSync(folder, { recursive: true });
      for (const file of files) writeFileSync(join(folder, file), source);
      // TypeScript 6 reports node10 as deprecated. TypeScript 5 does not know the value "6.0" that silences
      // the report.
      const silence = version.startsWith("6") ? { ignoreDeprecations: "6.0" } : {};
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { ...strict, ...options, ...silence }, files }),
      );
      const { stdout } = await runProgram(process.execPath, [tool(`typescript-${version}/bin/tsc`)], folder);
      expect(stdout).toBe("");
    });
  },
);
