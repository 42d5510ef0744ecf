import { Campaign, type CampaignReport, type CheckpointStore, FileJournal } from "@apnskit/campaign";
import { ApnsClient, alert } from "apnskit";
import type { Ledger } from "../apns/ledger.ts";
import { FrameFollower } from "../disk/frame-follower.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { SimulatedMachine } from "../disk/simulated-machine.ts";
import { SimulatedProcess } from "../host/simulated-process.ts";
import type { SimulatedSocket } from "../network/socket.ts";
import { CampaignAudit } from "../oracles/campaign-audit.ts";
import type { Holding } from "../oracles/retention.ts";
import { FencedStore } from "../store/fenced-store.ts";
import type { Actor } from "./actor.ts";
import type { Blow, CampaignPlan } from "./campaign-plan.ts";
import { campaignCredentials } from "./credentials.ts";
import { type Stage, sleep } from "./stage.ts";

const PATH = "/journal";

/**
 * Milliseconds after which a campaign that has stopped is resumed: at first, and after many stops in bad
 * weather.
 */
const RESUMED_AFTER = 3_000;
const RESUMED_LATE = 300_000;

/** How a process of a campaign has ended. */
type End =
  | { readonly kind: "report"; readonly report: CampaignReport; readonly stopReason: string | undefined }
  | { readonly kind: "error"; readonly code: string | undefined; readonly error: unknown };

/** Errors that end a run and are no mistake: it is resumed later. */
const EXPECTED: ReadonlySet<string | undefined> = new Set([
  "ERR_APNS_JOURNAL_FAILED",
  "ERR_APNS_CLAIM_LOST",
  "ERR_APNS_JOURNAL_IN_USE",
]);

/** A campaign that is killed and resumed, each time in another process, until it is finished. */
export class CampaignActor implements Actor {
  readonly name: string;
  readonly host: string;
  readonly maxQueue = Number.POSITIVE_INFINITY;
  readonly isOpen = false;
  readonly #plan: CampaignPlan;
  readonly #clearAt: number;
  readonly #stage: Stage;
  readonly #machine: SimulatedMachine;
  readonly #shared: FencedStore | undefined;
  readonly #audit: CampaignAudit;
  readonly #tokens: readonly string[];
  readonly #owners = new Map<number, SimulatedProcess>();
  #isClosed = false;

  /** @param clearAt when the weather clears; milliseconds since the world began */
  constructor(plan: CampaignPlan, stage: Stage, ledger: Ledger, clearAt: number) {
    const { world, loop } = stage;
    this.name = `campaign ${plan.place}`;
    this.host = `campaign-${plan.place}.example`;
    this.#plan = plan;
    this.#clearAt = clearAt;
    this.#stage = stage;
    // Devices are there twice.
    const devices = Math.ceil(plan.count * 0.5);
    this.#tokens = Array.from({ length: plan.count }, (_, index) =>
      (plan.place * 1_000_000 + (index % devices)).toString(16).padStart(64, "c"),
    );
    this.#audit = new CampaignAudit(world, ledger, {
      plan,
      name: `c${plan.place}`,
      tokenOf: (index) => this.#tokens[index]!,
      processOf: (socket) => this.#owners.get(socket),
      isStale: (process) => this.#shared !== undefined && !this.#shared.isOwner(process),
    });
    const { store } = plan;
    const isShared = "lease" in store;
    const quality = isShared ? { latency: 0, shortness: 0, syncFailures: 0 } : store;
    const disk = new SimulatedDisk(world, loop, stage.random.fork(), quality);
    this.#machine = new SimulatedMachine(disk, plan.tellsStarts);
    const follower = new FrameFollower((record) => this.#audit.recorded(record));
    disk.onDurable = (path, content) => {
      if (path === PATH && !follower.follow(content))
        world.find(`${this.name}: durable records have disappeared`);
    };
    if (!isShared) return;
    this.#shared = new FencedStore(world, loop, stage.random.fork(), store);
    this.#shared.onDurable = (records) => {
      for (const record of records) this.#audit.recorded(record);
    };
    this.#shared.onLost = (process) => this.#audit.dismissed(process);
  }

  /** Checks its pushes. */
  get audit(): CampaignAudit {
    return this.#audit;
  }

  onConnect(socket: SimulatedSocket): void {
    if (socket.process !== undefined) this.#owners.set(socket.number, socket.process);
  }

  start(): void {
    const { world } = this.#stage;
    world.at(this.#plan.at, () => this.#begin());
    world.at(this.#clearAt, () => {
      this.#machine.disk.recover();
      this.#shared?.recover();
    });
    for (const blow of this.#plan.blows) world.at(blow.at, () => this.#strike(blow));
  }

  /** A campaign that has stopped goes on, and comes to its end. */
  probe(): void {
    this.#beginUnlessFinished();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const process of this.#machine.living) this.#end(process);
    this.#audit.close(this.#clearAt);
  }

  /** Pushes of a campaign are counted by its audit. */
  holding(): Holding {
    const { live } = this.#audit;
    return { name: this.name, owners: this.#machine.living.length, requests: 0, pausing: live, live };
  }

  leftovers(): Readonly<Record<string, number>> {
    return { processes: this.#machine.living.length };
  }

  // ── its processes ────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    const { world, loop } = this.#stage;
    const number = this.#machine.count;
    const process = new SimulatedProcess(`${this.name}, process ${number}`, number, world.now);
    this.#machine.add(process);
    world.trace.line(world.now, `${process.name} begins`);
    loop.arrive(() => void this.#live(process, number), process);
  }

  #beginUnlessFinished(): void {
    // A suspended process may be taken for dead.
    if (this.#isClosed || this.#machine.living.some(({ isSuspended }) => !isSuspended)) return;
    // While there is time, another run sends to those whose push certainly never left.
    const isWorthIt = this.#stage.world.now < this.#clearAt && this.#audit.hasRetryable;
    if (!this.#audit.isFinished || isWorthIt) this.#begin();
  }

  #strike(blow: Blow): void {
    const { world, loop } = this.#stage;
    const { disk, living } = this.#machine;
    const [process] = living;
    if (blow.kind === "full") {
      disk.isFull = true;
      world.after(blow.duration, () => {
        disk.isFull = false;
      });
      return;
    }
    if (process === undefined || this.#isClosed) return;
    world.trace.line(world.now, `${process.name}: ${blow.kind}`);
    if (blow.kind === "suspend") {
      process.suspend();
      world.after(blow.duration, () => loop.wake(process));
      world.after(blow.pause, () => {
        if (!this.#isClosed) this.#begin();
      });
      return;
    }
    for (const one of blow.kind === "power" ? living : [process]) this.#end(one);
    if (blow.kind === "power") disk.losePower();
    world.after(blow.pause, () => {
      if (this.#isClosed || this.#audit.isFinished) return;
      for (let count = 0; count < blow.successors; count++) this.#begin();
    });
  }

  #end(process: SimulatedProcess): void {
    const { loop, network } = this.#stage;
    loop.kill(process);
    this.#machine.ended(process);
    network.kill(process);
    this.#machine.disk.kill(process);
  }

  /** The program of the process. */
  async #live(process: SimulatedProcess, number: number): Promise<void> {
    const { network, random, loop } = this.#stage;
    const { place, size, count, source, timeout, rate, concurrency, blockSize, inDoubt, collapse } =
      this.#plan;
    const own = random.fork();
    const client = await ApnsClient.open(
      {
        origin: `https://${this.host}`,
        auth: campaignCredentials(place, number),
        topic: `com.example.campaign${place}`,
        size,
        lookup: network.lookup as never,
        random: () => own.next(),
      },
      { wait: false },
    );
    const tokens = this.#tokens;
    async function* slowSource(): AsyncGenerator<string> {
      for (let index = 0; index < count; index++) {
        await sleep(loop, source);
        yield tokens[index]!;
      }
    }
    let end: End;
    try {
      const campaign = await Campaign.open({
        client,
        name: `c${place}`,
        recipients: source > 0 ? slowSource : tokens,
        notification: alert({ body: "Hello" }),
        journal: this.#journalOf(process),
        blockSize,
        inDoubt,
        collapse,
        timeout,
        ...(rate !== undefined && { rate }),
        ...(concurrency !== undefined && { concurrency }),
      });
      const report = await campaign.run();
      this.#audit.reported(report, process);
      end = { kind: "report", report, stopReason: campaign.stopReason };
    } catch (error) {
      end = { kind: "error", code: (error as { code?: string }).code, error };
    }
    await client.close();
    this.#stage.world.after(0, () => this.#ended(process, end));
  }

  #journalOf(process: SimulatedProcess): CheckpointStore {
    if (this.#shared !== undefined) return this.#shared.seenBy(process);
    return new FileJournal(PATH, undefined, this.#machine.seenBy(process));
  }

  #ended(process: SimulatedProcess, end: End): void {
    const { world } = this.#stage;
    this.#end(process);
    const how = end.kind === "report" ? `${end.report.state} ${end.stopReason ?? ""}` : end.code;
    world.trace.line(world.now, `${process.name} has ended: ${how}`);
    if (end.kind === "error" && !EXPECTED.has(end.code))
      world.find(`${process.name} ends with ${String((end.error as Error).stack ?? end.error)}`);
    this.#checkRefusal(process, end);
    const isClear = world.now >= this.#clearAt;
    const pause = Math.min(RESUMED_LATE, RESUMED_AFTER * 1.5 ** this.#machine.count);
    world.after(isClear ? RESUMED_AFTER : pause, () => this.#beginUnlessFinished());
  }

  /** A journal is in use only if another process lived meanwhile that may have it. */
  #checkRefusal(process: SimulatedProcess, end: End): void {
    if (end.kind !== "error" || end.code !== "ERR_APNS_JOURNAL_IN_USE" || this.#shared !== undefined) return;
    const { pid } = end.error as { pid: number };
    if (!this.#machine.hadAnother(process, pid))
      this.#stage.world.find(`${this.name}: ${String(end.error)}, but no process has it`);
  }
}
