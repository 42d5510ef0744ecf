import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CampaignReport, FileJournal, type IndexRange, readCampaign } from "../src/index.ts";
import type { Arena, Errand } from "./arena.ts";

const worker = fileURLToPath(new URL("file-worker.ts", import.meta.url));

/** One worker at a time, on a journal in a temporary folder. */
export class FileArena implements Arena {
  readonly workers = 1;
  readonly #folder = mkdtempSync(join(tmpdir(), "apnskit-soak-"));
  readonly #journal = join(this.#folder, "journal");

  startWorker(errand: Errand): ChildProcess {
    const args = ["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx"), worker];
    return spawn(process.execPath, [...args, this.#journal, JSON.stringify(errand)], {
      // With the channel it ends when this process does, even if that is killed.
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
  }

  async report(): Promise<CampaignReport | undefined> {
    try {
      return (await readCampaign(this.#journal)).report;
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: { code?: string } };
      if (code === "ERR_APNS_CAMPAIGN_MISSING" || cause?.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async resent(): Promise<readonly IndexRange[]> {
    const ranges: IndexRange[] = [];
    for await (const record of new FileJournal(this.#journal).read()) {
      if (record.kind !== "in-doubt" || record.action !== "resend") continue;
      for (let at = 0; at < record.runs.length; at += 2) {
        ranges.push({ from: record.runs[at]!, to: record.runs[at + 1]! });
      }
    }
    return ranges;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
