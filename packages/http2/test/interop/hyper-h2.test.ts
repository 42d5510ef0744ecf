import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClientSession, type ClientStream, FieldList } from "../../src/index.ts";
import { SettingId } from "../support/frames.ts";
import { HyperH2Referee, type Order } from "../support/hyper-h2-referee.ts";

/**
 * hyper-h2 as the referee of what this package sends. It checks the order of frames more strictly than nghttp2: what a
 * SETTINGS frame allows may only come after its acknowledgement.
 */

/** What happens next, on either side. */
type Step =
  | { readonly do: "request"; readonly length: number; readonly header: number }
  | { readonly do: "cancel"; readonly nth: number }
  /** The client's output arrives at the server. */
  | { readonly do: "deliver" }
  /** The server's output arrives at the client, in one read or cut at an octet. */
  | { readonly do: "read"; readonly cut: number }
  | Order;

const setting = fc.oneof(
  fc.tuple(fc.constant(SettingId.headerTableSize), fc.constantFrom(0, 64, 300, 4_096, 65_536)),
  fc.tuple(fc.constant(SettingId.maxConcurrentStreams), fc.constantFrom(0, 1, 3, 100)),
  fc.tuple(
    fc.constant(SettingId.initialWindowSize),
    fc.constantFrom(0, 1, 10, 1_000, 20_000, 65_535, 200_000),
  ),
  fc.tuple(fc.constant(SettingId.maxFrameSize), fc.constantFrom(16_384, 20_000, 60_000)),
  fc.tuple(fc.constant(SettingId.maxHeaderListSize), fc.constantFrom(400, 2_000, 100_000)),
);
const streamId = fc.nat({ max: 9 }).map((n) => 2 * n + 1);
const stream = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: streamId });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("request" as const),
      length: fc.constantFrom(0, 1, 100, 4_096, 30_000, 70_000),
      header: fc.constantFrom(1, 1, 1, 800, 30_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), nth: fc.nat({ max: 9 }) }) },
  { weight: 6, arbitrary: fc.constant({ do: "deliver" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("read" as const), cut: fc.constantFrom(0, 0, 0, 5, 20) }),
  },
  {
    weight: 5,
    arbitrary: fc.array(setting, { minLength: 1, maxLength: 3 }).map((entries) => ({
      do: "settings" as const,
      values: Object.fromEntries(entries),
    })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("window" as const),
      stream,
      by: fc.constantFrom(1, 5, 300, 5_000, 100_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "ping" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("answer" as const), stream: streamId }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reset" as const),
      stream: streamId,
      code: fc.constantFrom(0, 7, 8),
    }),
  },
);

/** A client and hyper-h2 with what is on its way between them. */
class Match {
  readonly #referee: HyperH2Referee;
  readonly #client: ClientSession<string>;
  readonly #streams: ClientStream<string>[] = [];
  /** Streams that ended for the client before the request was whole. */
  readonly #over = new Set<number>();
  #toClient: Buffer = Buffer.alloc(0);
  /** Octets of body by stream, of those that hyper-h2 has had to the end. */
  readonly #arriving = new Map<number, number>();
  readonly #arrived = new Map<number, { path: string; length: number }>();
  readonly #paths = new Map<number, string>();

  constructor(referee: HyperH2Referee, encoderTableSize: number) {
    this.#referee = referee;
    this.#client = new ClientSession({
      authority: "example.com",
      encoderTableSize,
      maxRequestHeaderListSize: 100_000,
    });
  }

  async open(): Promise<void> {
    this.#toClient = await this.#referee.order({ do: "open" });
    await this.#deliver();
    this.#read(0);
    await this.#deliver();
  }

  async play(one: Step): Promise<void> {
    if (one.do === "request") this.#request(one.length, one.header);
    else if (one.do === "cancel") this.#cancel(one.nth);
    else if (one.do === "deliver") await this.#deliver();
    else if (one.do === "read") this.#read(one.cut);
    else this.#toClient = Buffer.concat([this.#toClient, await this.#referee.order(one)]);
  }

  /** Opens every window and limit, and lets both sides talk until all is said. */
  async finish(): Promise<void> {
    const values = {
      [SettingId.initialWindowSize]: 1_000_000,
      [SettingId.maxConcurrentStreams]: 1_000,
      [SettingId.maxHeaderListSize]: 200_000,
    };
    await this.#talk();
    await this.play({ do: "settings", values });
    await this.play({ do: "window", stream: 0, by: 0x3fff_ffff });
    await this.#talk();
    expect(this.#client.state).toBe("open");
    for (const { id, owner, requestLength, progress } of this.#streams) {
      if (this.#over.has(id)) continue;
      expect({ id, progress }).toEqual({ id, progress: "written" });
      expect({ id, ...this.#arrived.get(id) }).toEqual({ id, path: owner, length: requestLength });
    }
  }

  /** Both sides take turns until neither has anything to say. */
  async #talk(): Promise<void> {
    do {
      this.#read(0);
      await this.#deliver();
    } while (this.#toClient.length > 0);
  }

  #request(length: number, header: number): void {
    const client = this.#client;
    const path = `/${this.#streams.length}`;
    const request = {
      method: length === 0 ? "GET" : "POST",
      path,
      sharedFields,
      ownFields: FieldList.from([["x-own", "v".repeat(header)]], () => (header === 1 ? "indexed" : "name")),
      content: Buffer.alloc(length, "b"),
    };
    if (client.freeStreams === 0 || client.headerListSize(request) > client.maxRequestHeaderListSize) return;
    this.#streams.push(client.request(request, path));
  }

  #cancel(nth: number): void {
    const chosen = this.#streams[nth];
    if (chosen === undefined || chosen.closed) return;
    this.#client.reset(chosen);
    this.#over.add(chosen.id);
  }

  async #deliver(): Promise<void> {
    for (let piece = this.#client.takeOutput(); piece !== undefined; piece = this.#client.takeOutput()) {
      const { send, events } = await this.#referee.receive(piece);
      this.#toClient = Buffer.concat([this.#toClient, send]);
      for (const event of events) this.#note(event.split(" "));
    }
  }

  #note([name, id, detail]: string[]): void {
    const streamId = Number(id);
    if (name === "RequestReceived") this.#paths.set(streamId, detail!);
    else if (name === "DataReceived") {
      this.#arriving.set(streamId, (this.#arriving.get(streamId) ?? 0) + Number(detail));
    } else if (name === "StreamEnded") {
      const length = this.#arriving.get(streamId) ?? 0;
      this.#arrived.set(streamId, { path: this.#paths.get(streamId)!, length });
    }
  }

  #read(cut: number): void {
    const bytes = this.#toClient;
    this.#toClient = Buffer.alloc(0);
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      for (const event of this.#client.receive(part)) {
        if (event.type === "error") throw event.error;
        if (event.type === "response" || event.type === "failure") this.#over.add(event.stream.id);
      }
    }
  }
}

const sharedFields = FieldList.from(
  [
    ["apns-topic", "com.example.app"],
    ["apns-push-type", "alert"],
  ],
  () => "indexed",
);

describe.skipIf(!HyperH2Referee.installed())("hyper-h2 (Debian: python3-h2) as the referee", () => {
  test("finds no fault, and gets every request whole, however both sides take turns", async () => {
    await using referee = HyperH2Referee.start();
    const property = fc.asyncProperty(
      fc.constantFrom(0, 200, 4_096, 65_536),
      fc.array(step, { maxLength: 40, size: "max" }),
      async (encoderTableSize, steps) => {
        const match = new Match(referee, encoderTableSize);
        await match.open();
        for (const one of steps) await match.play(one);
        await match.finish();
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  test("sees the acknowledgement of a raised window before the DATA that it allows (RFC 9113 §6.5.3)", async () => {
    await using referee = HyperH2Referee.start();
    const match = new Match(referee, 4_096);
    await match.open();
    const raise = (size: number): Step => ({
      do: "settings",
      values: { [SettingId.initialWindowSize]: size },
    });
    const steps: Step[] = [
      raise(10),
      { do: "read", cut: 0 },
      { do: "deliver" },
      ...Array.from({ length: 10 }, (): Step => ({ do: "request", length: 4_096, header: 1 })),
      { do: "deliver" },
      raise(5_000),
      { do: "window", stream: 0, by: 100_000 },
      { do: "read", cut: 0 },
      { do: "deliver" },
    ];
    for (const one of steps) await match.play(one);
    await match.finish();
  });
});
