import { execFile, execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PeerProcess } from "../peers/peer-process.ts";
import { type Availability, findProgram } from "../peers/program.ts";
import { type Store, type StoreUse, uniqueName } from "./store.ts";

const run = promisify(execFile);
/** Debian keeps the programs of each server version in a separate folder. */
const VERSIONS = "/usr/lib/postgresql";
const USER = "postgres";

/** PostgreSQL on a free port of 127.0.0.1, without `fsync`, or the server at `POSTGRES_URL`. */
export const PostgresServer: Store = {
  name: "PostgreSQL",
  available(): Availability {
    const url = process.env.POSTGRES_URL;
    if (url) return { installed: true, path: url };
    return findProgram("initdb", "postgresql", [join(newestVersion(), "bin")]);
  },
  async start(): Promise<StoreUse> {
    const namespace = uniqueName();
    const given = process.env.POSTGRES_URL;
    if (given) {
      const { hostname, port } = new URL(given);
      const target = { host: hostname, port: Number(port || 5432) };
      return { url: given, namespace, target, [Symbol.asyncDispose]: async () => {} };
    }
    const initdb = PostgresServer.available();
    if (!initdb.installed) throw new Error(initdb.reason);
    const [program, ...as] = command(join(initdb.path, "../postgres"));
    const postgres = await PeerProcess.start(
      "postgres",
      { installed: true, path: program! },
      {},
      async ({ port, directory }) => {
        // Another attempt, with another port, needs an empty folder.
        const data = join(directory, `data-${port}`);
        await mkdir(data);
        await handOver(directory, data);
        const [file, ...args] = command(initdb.path);
        await run(file!, [
          ...args,
          "-D",
          data,
          "-U",
          USER,
          "-A",
          "trust",
          "--no-sync",
          "-E",
          "UTF8",
          "--locale=C",
        ]);
        const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
        return [
          ...as,
          ...["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", data],
          ...settings.flatMap((setting) => ["-c", setting]),
        ];
      },
    );
    return {
      url: `postgres://${USER}@127.0.0.1:${postgres.port}/postgres`,
      namespace,
      target: { host: "127.0.0.1", port: postgres.port },
      async [Symbol.asyncDispose]() {
        // "Fast shutdown": does not wait for clients.
        postgres.signal("SIGINT");
        await postgres.stop();
      },
    };
  },
};

/** A command line that runs the program as an ordinary user, because PostgreSQL refuses to run as root. */
function command(program: string): readonly string[] {
  if (process.getuid?.() !== 0) return [program];
  const setpriv = findProgram("setpriv", "util-linux");
  if (!setpriv.installed) throw new Error(setpriv.reason);
  return [setpriv.path, "--reuid", USER, "--regid", USER, "--clear-groups", program];
}

async function handOver(directory: string, data: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const id = (flag: string) => Number(execFileSync("id", [flag, USER], { encoding: "utf8" }));
  await chmod(directory, 0o711);
  await chown(data, id("-u"), id("-g"));
}

/** The folder of the newest installed version. */
function newestVersion(): string {
  try {
    const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
    return join(VERSIONS, versions[0] ?? "");
  } catch {
    return VERSIONS;
  }
}
