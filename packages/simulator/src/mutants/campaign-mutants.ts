import type { Mutant } from "./mutant.ts";

const CAMPAIGN = "packages/campaign/src";
const APPS = "packages/apnskit/src/client";

/** Defects of campaigns, of clients of many apps, and of memory. */
export const CAMPAIGN_MUTANTS: readonly Mutant[] = [
  {
    name: "recipients reach the client before the journal knows",
    file: `${CAMPAIGN}/run/hand-out.ts`,
    from: "if (this.#head === this.#ready) return this.#starve();",
    to: "if (this.#head === this.#end) return this.#starve();",
  },
  {
    name: "the journal is not synced",
    file: `${CAMPAIGN}/journal/file-claim.ts`,
    from: "    await this.#file.datasync();\n",
    to: "",
  },
  {
    name: "a short write is taken for a whole one",
    file: `${CAMPAIGN}/journal/file-claim.ts`,
    from: "while (written < frame.length) {",
    to: "if (written < frame.length) {",
  },
  {
    name: "a short read is taken for the end of the journal",
    file: `${CAMPAIGN}/journal/journal-reader.ts`,
    from: "if (bytesRead === 0) break;",
    to: "if (bytesRead < length) break;",
  },
  {
    name: "an append that failed is forgotten",
    file: `${CAMPAIGN}/journal/file-claim.ts`,
    from: "      throw this.#failure;\n    }\n  }",
    to: "    }\n  }",
  },
  {
    name: "those in doubt are not named",
    file: `${CAMPAIGN}/run/campaign-run.ts`,
    from: "if (inDoubt.length > 0) {",
    to: "if (inDoubt.length > 1e9) {",
  },
  {
    name: "the policy `report` sends to those in doubt again",
    file: `${CAMPAIGN}/state/campaign-state.ts`,
    from: 'this.#doubt(record.runs, record.action === "resend");',
    to: 'this.#doubt(record.runs, record.action !== "skip");',
  },
  {
    name: "a push without an answer is sent again by the next run",
    file: `${CAMPAIGN}/run/end-of-outcome.ts`,
    from: 'case "unknown":\n      return false;',
    to: 'case "unknown":\n      return true;',
  },
  {
    name: "the collapse id of a recipient is another one's",
    file: `${CAMPAIGN}/run/campaign-run.ts`,
    from: "collapseId: campaignCollapseId(name, index) }",
    to: "collapseId: campaignCollapseId(name, index >> 1) }",
  },
  {
    name: "a dead token is reported once for each recipient that has it",
    file: `${CAMPAIGN}/state/ends.ts`,
    from: "this.#dead.set(deadToken, timestamp",
    to: "this.#dead.set(deadToken + index, timestamp",
  },
  {
    name: "an outcome is counted twice",
    file: `${CAMPAIGN}/run/outcome-group.ts`,
    from: "    this.#accepted = [];\n",
    to: "    this.#accepted = this.#accepted.slice(-1);\n",
  },
  {
    name: "outcomes of the last moment are not written",
    file: `${CAMPAIGN}/run/campaign-run.ts`,
    from: "...this.#group.take(), ...this.#closing];",
    to: "...(this.#handOut.isExhausted ? [] : this.#group.take()), ...this.#closing];",
  },
  {
    name: "a process that has lost its claim goes on sending",
    file: `${CAMPAIGN}/run/campaign-run.ts`,
    from: "if (error instanceof ClaimLost) this.#giveUp.abort();",
    to: "",
  },
  {
    name: "a store's word that the claim is lost is not heard",
    file: `${CAMPAIGN}/run/campaign-run.ts`,
    from: 'readonly #onLost = (): void => this.abort("stop");',
    to: "readonly #onLost = (): void => {};",
  },
  {
    name: "a process takes the journal of a living process",
    file: `${CAMPAIGN}/journal/journal-lock.ts`,
    from: "if (!machine.isAlive(pid)) return;",
    to: "return;",
  },
  {
    name: "an app that was not found once is never found",
    file: `${APPS}/app-directory.ts`,
    from: "if (this.#apps.get(name) === finding) this.#apps.delete(name);",
    to: "",
  },
  {
    name: "connections are closed as idle although a client has them",
    file: `${APPS}/shared-couriers.ts`,
    from: "    shared.clients++;\n    shared.idle?.cancel();\n",
    to: "    shared.clients++;\n",
  },
  {
    name: "a set of connections that APNs refuses is kept",
    file: `${APPS}/shared-couriers.ts`,
    from: "    this.#shared.delete(shared.key);\n    const past",
    to: "    const past",
  },
  {
    name: "each request has a timer",
    file: "packages/connection/src/deadlines.ts",
    from: "if (bucket.due < this.#timerDue) this.#arm(now);",
    to: "this.#timer = undefined;\n    this.#arm(now);",
  },
  {
    name: "requests that left the queue are still counted in it",
    file: "packages/pool/src/dispatcher.ts",
    from: 'if (place === "queued") this.#queue.forget();',
    to: 'if (place === "queued") {\n    }',
  },
];
