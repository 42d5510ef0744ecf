import { raw } from "apnskit";
import { must, mustEqual, type Target } from "../../http2/fuzz/target.ts";
import { Push } from "../src/push/push.ts";
import { type Ending, PushSequence } from "../src/push/push-sequence.ts";
import { DONE, refused, UNSENT, type Verdict } from "../src/push/verdict.ts";

const notification = raw({ pushType: "alert", payload: "{}" });
const VERDICTS: readonly Verdict[] = [
  DONE,
  DONE,
  DONE,
  refused(8, "BadDeviceToken"),
  refused(1, "ServiceUnavailable"),
  { state: "doubtful", reason: "ERR_APNS_CLOSED" },
  UNSENT,
];

/** Events of one run: the checks after each look at everything before it. */
const LONGEST = 300;

/** Checks the order of a connection against its promise to clients. Each octet is one event. */
export const sequenceTarget: Target = {
  name: "sequence",
  headLength: undefined,
  sources: "/legacy-gateway/src/push/",
  seeds: () => [
    Buffer.of(5, 0, 0, 0, 64, 65, 66),
    Buffer.of(2, 0, 0, 128, 64),
    Buffer.of(3, 0, 0, 0, 192, 70, 64),
  ],

  run(input) {
    const world = new World(1 + ((input[0] ?? 0) % 9));
    for (const octet of input.subarray(1, LONGEST)) {
      if (octet < 64) world.take();
      else if (octet < 128) world.settle(octet - 64);
      else if (octet < 192) world.depart();
      else world.stop();
      const ending = world.sequence.conclude(true);
      if (ending !== undefined) return world.check(ending);
      must(world.sequence.pending === world.pending.length, "what is without a verdict is counted");
      must(world.mayGoOn, "a connection ends as soon as its end is certain");
    }
    return `open ${world.pushes.length}`;
  },
};

class World {
  readonly sequence: PushSequence;
  readonly pushes: Push[] = [];
  #hasDeparted = false;
  #isStopping = false;

  constructor(window: number) {
    this.sequence = new PushSequence(window);
  }

  get pending(): Push[] {
    return this.pushes.filter(({ verdict }) => verdict === undefined);
  }

  /** The first entry that has not succeeded, or has no verdict. */
  get #first(): Push | undefined {
    return this.pushes.find(({ verdict }) => verdict?.state !== "done");
  }

  get mayGoOn(): boolean {
    const isUndecided = this.#first === undefined || this.#first.verdict === undefined;
    if (this.#isStopping || this.#hasDeparted) return this.pending.length > 0;
    return isUndecided;
  }

  take(): void {
    if (!this.sequence.takes) return;
    const push = new Push(this.pushes.length, "ab", notification, 0, 0, (one) => this.sequence.settled(one));
    this.pushes.push(push);
    this.sequence.take(push);
  }

  settle(choice: number): void {
    const { pending } = this;
    pending[choice % Math.max(1, pending.length)]?.settle(VERDICTS[choice % VERDICTS.length]!);
  }

  depart(): void {
    if (!this.#isStopping) this.#hasDeparted = true;
    this.sequence.depart();
  }

  stop(): void {
    this.#isStopping = true;
    this.sequence.stop();
  }

  /** A client's conclusion from the packet must be true. */
  check({ packet, fault, behind }: Ending): string {
    const first = this.#first;
    if (packet === undefined) {
      mustEqual(first?.identifier, undefined, "without a packet everything has gone well");
      return "silent end";
    }
    const named = this.pushes[packet.identifier]!;
    const isDone = (push: Push): boolean => push.verdict?.state === "done";
    must(
      this.pushes.slice(0, packet.identifier).every(isDone),
      "everything before the packet's has gone well",
    );
    must(
      isDone(named) === (packet.status === 10),
      "status 10 names one that has gone well, the others one that has not",
    );
    const resent = this.pushes.slice(packet.identifier + 1);
    must(fault === undefined || fault === first, "the fault is the first one that has not gone well");
    const toAbsorb = resent.filter((push) => push.verdict === undefined || isDone(push));
    must(
      toAbsorb.every((push) => behind.includes(push)),
      "what comes again although APNs has it is known",
    );
    must(
      behind.every((push) => resent.includes(push)),
      "what does not come again is not waited for",
    );
    return `status ${packet.status}, ${behind.length > 0 ? "some" : "none"} behind`;
  }
}
