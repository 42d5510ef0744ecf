import { describe, expect, it } from "vitest";
import { Ledger } from "../src/apns/ledger.ts";
import { EventLoop } from "../src/host/event-loop.ts";
import { Judge } from "../src/oracles/judge.ts";
import type { End, RequestRecord } from "../src/oracles/request-record.ts";
import { World } from "../src/world/world.ts";

const ACCEPTED: End = { kind: "answer", status: 200, reason: undefined, maybeDelivered: false };
const REFUSED: End = { kind: "answer", status: 410, reason: "Unregistered", maybeDelivered: false };
const BUSY: End = { kind: "answer", status: 503, reason: "ServiceUnavailable", maybeDelivered: false };
const UNSENT: End = { kind: "unsent", code: "ERR_APNS_TIMEOUT", detail: "" };
const UNKNOWN: End = { kind: "unknown", code: "ERR_APNS_CLOSED", detail: "ECONNRESET" };

function create(limits: { idempotent?: boolean; deadline?: number } = {}) {
  const world = new World(1);
  const loop = new EventLoop(world, { chance: 0, most: 0 }, 0);
  const ledger = new Ledger();
  const judge = new Judge(world, loop, ledger);
  const actor = { name: "pool 0", isOpen: true, maxQueue: Number.POSITIVE_INFINITY };
  const { idempotent = false, deadline = 100 } = limits;
  const record = judge.posted("k", actor, { idempotent, deadline });
  const write = () => ledger.write("k", 1, 1, world.now);
  return { world, judge, ledger, record, write };
}

type Stage = ReturnType<typeof create>;

const settle = ({ judge, record }: Stage, end: End, at = 0): void =>
  judge.settled(record as RequestRecord, end, at);

describe("Judge", () => {
  it("finds nothing wrong with a request that is acted on and accepted", () => {
    const stage = create();
    stage.ledger.act(stage.write());
    settle(stage, ACCEPTED);
    stage.judge.close();
    expect(stage.world.findings).toEqual([]);
  });

  it.each<[string, (stage: Stage) => void]>([
    ["did not act on it", (stage) => settle(stage, ACCEPTED)],
    [
      "is called unsent",
      (stage) => {
        stage.ledger.act(stage.write());
        settle(stage, UNSENT);
      },
    ],
    [
      "is called unsent",
      (stage) => {
        const attempt = stage.write();
        settle(stage, UNSENT);
        stage.ledger.act(attempt);
        stage.judge.close();
      },
    ],
    [
      "is called rejected",
      (stage) => {
        stage.ledger.act(stage.write());
        settle(stage, REFUSED);
      },
    ],
    ["none of it was written", (stage) => settle(stage, UNKNOWN)],
    [
      "settles a second time",
      (stage) => {
        settle(stage, UNSENT);
        settle(stage, UNSENT);
      },
    ],
    ["never settles", (stage) => stage.judge.close()],
    ["after its deadline", (stage) => settle(stage, UNSENT, 200)],
    [
      "is sent after it was called",
      (stage) => {
        settle(stage, UNSENT);
        stage.write();
      },
    ],
    [
      "is sent again although",
      (stage) => {
        stage.write().fate = "lost";
        stage.write();
      },
    ],
    [
      "is acted on 2 times",
      (stage) => {
        for (const attempt of [stage.write(), stage.write()]) stage.ledger.act(attempt);
      },
    ],
    ["which no caller has posted", (stage) => void stage.ledger.write("other", 1, 1, 0)],
  ])("finds: %s", (text, script) => {
    const stage = create();
    script(stage);
    expect(stage.world.findings.join()).toContain(text);
  });

  it("finds an end for which another attempt had time", () => {
    const stage = create({ deadline: 60_000 });
    stage.write();
    settle(stage, BUSY);
    expect(stage.world.findings.join()).toContain("60000 ms before its deadline");
  });

  it("finds a third attempt after two lost connections, idempotent or not", () => {
    const stage = create({ idempotent: true });
    for (let i = 0; i < 3; i++) stage.write().fate = "lost";
    expect(stage.world.findings.join()).toContain("after 2 lost connections");
  });
});
