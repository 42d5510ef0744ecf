import { randomUUID } from "node:crypto";
import { Pool, Request } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { H2Stage } from "./support/judge/h2-stage.ts";
import type { Scene, Stage } from "./support/judge/scene.ts";
import type { Action, ConnectionPlan, SettingValues } from "./support/judge/script.ts";
import { title } from "./support/servers.ts";

/**
 * Settings and windows change while requests are in flight. hyper-h2 checks the order of frames and the
 * windows.
 */

failOnLeaks();

const server = { name: "hyper-h2", available: H2Stage.available() };

const COUNT = 100;
const BODY = JSON.stringify({ aps: { alert: "x".repeat(4_000) } });
const LIMIT = { timeout: 15_000 } as const;

/** Sends bodies of 4 KB, makes the server act while they wait, and expects that the server accepts all. */
async function sendThrough(
  scene: Scene,
  meanwhile: (scene: Scene) => Promise<void>,
  count = COUNT,
): Promise<void> {
  await using pool = await Pool.open(scene.origin, { tls: { ca: scene.ca } });
  const answers = Array.from({ length: count }, () =>
    pool.post(Request.of(`/3/device/${randomUUID()}`, { "apns-id": randomUUID() }, BODY, LIMIT)).then(
      ({ status }) => String(status),
      (error: Error) => `${error.name}: ${error.message}`,
    ),
  );
  await meanwhile(scene);
  const ends: Record<string, number> = {};
  for (const end of await Promise.all(answers)) ends[end] = (ends[end] ?? 0) + 1;
  const { attempts, connections } = await scene.close();
  expect({
    ends,
    violations: connections.flatMap(({ violations }) => violations),
    attempts: attempts.length,
  }).toEqual({ ends: { 200: count }, violations: [], attempts: count });
}

const heads = (scene: Scene) => scene.event("head");
const set = (settings: SettingValues): Action => ({ settings });
const pause: Action = { wait: 30 };

interface Change {
  readonly what: string;
  readonly plan: ConnectionPlan;
  readonly actions: readonly Action[];
}

const closed: ConnectionPlan = { settings: { initialWindowSize: 0 }, connectionWindow: 2 ** 24 };
const open: ConnectionPlan = { settings: { initialWindowSize: 65_535 }, connectionWindow: 2 ** 24 };

const changes: readonly Change[] = [
  {
    what: "INITIAL_WINDOW_SIZE from 0 to 65,535 while bodies wait: the acknowledgement leaves before the bodies",
    plan: closed,
    actions: [set({ initialWindowSize: 65_535 })],
  },
  {
    what: "INITIAL_WINDOW_SIZE from 0 to 2³¹ − 1",
    plan: closed,
    actions: [set({ initialWindowSize: 2 ** 31 - 1 })],
  },
  {
    what: "INITIAL_WINDOW_SIZE up in small steps",
    plan: closed,
    actions: [100, 1_000, 1_001, 4_000, 65_535].flatMap((initialWindowSize) => [
      set({ initialWindowSize }),
      pause,
    ]),
  },
  {
    what: "INITIAL_WINDOW_SIZE up and down within one read",
    plan: closed,
    actions: [
      set({ initialWindowSize: 3_000 }),
      set({ initialWindowSize: 10 }),
      set({ initialWindowSize: 65_535 }),
    ],
  },
  {
    what: "INITIAL_WINDOW_SIZE down below what has been sent, and up again",
    plan: { ...open, settings: { initialWindowSize: 2_000 } },
    actions: [
      set({ initialWindowSize: 10 }),
      pause,
      set({ initialWindowSize: 0 }),
      pause,
      set({ initialWindowSize: 65_535 }),
    ],
  },
  {
    what: "the connection's window in small steps, the streams' windows large",
    plan: { settings: { initialWindowSize: 2 ** 31 - 1 }, credit: { bytes: 500, every: 2 } },
    actions: [],
  },
  {
    what: "every window in small steps",
    plan: { settings: { initialWindowSize: 1_000 }, credit: { bytes: 700, every: 2 } },
    actions: [],
  },
  {
    what: "windows of 2³¹ − 1, and a server that reads slowly",
    plan: { settings: { initialWindowSize: 2 ** 31 - 1 }, connectionWindow: 2 ** 31 - 1, readEvery: 10 },
    actions: [],
  },
  {
    what: "MAX_CONCURRENT_STREAMS 1, 0, 1,000 by turns",
    plan: { ...open, settings: { maxConcurrentStreams: 3 } },
    actions: [1, 0, 1, 0, 1_000].flatMap((maxConcurrentStreams) => [set({ maxConcurrentStreams }), pause]),
  },
  {
    what: "MAX_CONCURRENT_STREAMS 0 from the start",
    plan: { ...open, settings: { maxConcurrentStreams: 0 } },
    actions: [pause, set({ maxConcurrentStreams: 1_000 })],
  },
  {
    what: "MAX_CONCURRENT_STREAMS down to 1 within one read with INITIAL_WINDOW_SIZE up",
    plan: closed,
    actions: [set({ maxConcurrentStreams: 1, initialWindowSize: 65_535 })],
  },
  {
    what: "HEADER_TABLE_SIZE 0, 4,096, 65,536, 100 by turns",
    plan: { ...open, settings: { maxConcurrentStreams: 2 } },
    actions: [0, 4_096, 65_536, 100, 0, 4_096].flatMap((headerTableSize) => [
      set({ headerTableSize }),
      pause,
    ]),
  },
  {
    what: "HEADER_TABLE_SIZE down and up within one read",
    plan: { ...open, settings: { maxConcurrentStreams: 2 } },
    actions: [
      set({ headerTableSize: 0 }),
      set({ headerTableSize: 4_096 }),
      pause,
      set({ headerTableSize: 50 }),
    ],
  },
  {
    what: "MAX_FRAME_SIZE up and down again while bodies wait",
    plan: closed,
    actions: [
      set({ maxFrameSize: 2 ** 24 - 1 }),
      pause,
      set({ maxFrameSize: 16_384 }),
      set({ initialWindowSize: 65_535 }),
    ],
  },
  {
    what: "MAX_HEADER_LIST_SIZE that every request fits",
    plan: { ...open, settings: { maxHeaderListSize: 65_536, maxConcurrentStreams: 2 } },
    actions: [set({ maxHeaderListSize: 2_000 }), pause, set({ maxHeaderListSize: 1_000 })],
  },
  {
    what: "all settings at once, again and again",
    plan: { settings: { initialWindowSize: 100, maxConcurrentStreams: 5 } },
    actions: Array.from({ length: 20 }, (_, turn): Action[] => [
      set({
        initialWindowSize: [0, 65_535, 1_000, 10][turn % 4]!,
        maxConcurrentStreams: [5, 0, 100][turn % 3]!,
        headerTableSize: [0, 4_096, 65_536][turn % 3]!,
        maxFrameSize: [16_384, 20_000][turn % 2]!,
      }),
      { wait: 5 },
    ]).flat(),
  },
];

describe.skipIf(!server.available.installed)(title(server), () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await H2Stage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  for (const { what, plan, actions } of changes) {
    it(`takes ${COUNT} bodies whole: ${what}`, async () => {
      await using scene = await stage.open({ connections: [plan] });
      const limitsStreams = plan.settings?.maxConcurrentStreams === 0;
      await sendThrough(scene, async () => {
        if (!limitsStreams) await heads(scene);
        if (actions.length > 0) await scene.act(actions, 1);
        // The last change must let all bodies through.
        if (actions.length > 2)
          await scene.act([set({ initialWindowSize: 65_535, maxConcurrentStreams: 1_000 })], 1);
      });
    });
  }

  it("releases bodies whose window opens by WINDOW_UPDATE, stream by stream", async () => {
    await using scene = await stage.open({ connections: [closed] });
    await sendThrough(scene, async () => {
      for (let id = 1; id < 2 * COUNT; id += 2) {
        await scene.event("head", ({ stream }) => stream === id);
        await scene.act([{ window: { stream: 2_000, id } }, { window: { stream: 3_000, id } }], 1);
      }
    });
  });
});
