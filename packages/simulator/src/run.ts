import { Apns } from "./apns/apns.ts";
import type { Ledger } from "./apns/ledger.ts";
import { Manner } from "./apns/manner.ts";
import type { Actor } from "./callers/actor.ts";
import { AppsActor } from "./callers/apps-actor.ts";
import { CampaignActor } from "./callers/campaign-actor.ts";
import { ClientActor } from "./callers/client-actor.ts";
import { Credentials } from "./callers/credentials.ts";
import { PoolActor } from "./callers/pool-actor.ts";
import type { Stage } from "./callers/stage.ts";
import { inhabit } from "./host/engine-host.ts";
import { EventLoop } from "./host/event-loop.ts";
import { describe, runLoop } from "./host/run-loop.ts";
import { type Address, Network } from "./network/network.ts";
import { Route } from "./network/route.ts";
import type { CampaignAudit } from "./oracles/campaign-audit.ts";
import { Judge } from "./oracles/judge.ts";
import { Renewals } from "./oracles/renewals.ts";
import { Retention } from "./oracles/retention.ts";
import { Silence } from "./oracles/silence.ts";
import type { Plan } from "./weather/plan.ts";
import { letFaultsHappen } from "./weather/weather.ts";
import { Trace } from "./world/trace.ts";
import { World } from "./world/world.ts";

/** The result of a run. */
export interface Report {
  readonly seed: number;
  /** Of everything that happened; 16 hexadecimal digits. */
  readonly hash: string;
  readonly findings: readonly string[];
  /** Milliseconds of the world's time. */
  readonly simulated: number;
  readonly requests: number;
  readonly turns: number;
  /** Empty unless the run was verbose. */
  readonly trace: readonly string[];
}

const ADDRESSES: readonly Address[] = [
  { address: "2001:db8::1", family: 6 },
  { address: "192.0.2.1", family: 4 },
  { address: "192.0.2.2", family: 4 },
];

/** 2027-01-15 08:00 UTC. */
const EPOCH = 1_800_000_000_000;

/** The engine's default, in milliseconds. */
const PING_INTERVAL = 60_000;

/**
 * Milliseconds after the weather has cleared until everything works again: the longest backoff, and a dead
 * connection.
 */
const RECOVERY = 150_000;
/** Milliseconds that the last requests get, and that closing gets. */
const PROBING = 61_000;
const CLOSING = 100_000;
/** Milliseconds after which a closed connection has sent its last octets, or has given up. */
const LAST_OCTETS = 2_000;

/** Lets the real engine live through a plan. */
export async function run(plan: Plan, { verbose = false }: { verbose?: boolean } = {}): Promise<Report> {
  const trace = new Trace(verbose);
  const world = new World(plan.seed, trace);
  const loop = new EventLoop(world, plan.lateness, EPOCH);
  const apns = new Apns(
    world,
    new Manner(world.fork(), plan.treatments, plan.answerTime),
    plan.settings,
    EPOCH,
  );
  const route = new Route(world, plan.quality);
  const network = new Network(world, loop, route, ADDRESSES, apns.accept);
  const judge = new Judge(world, loop, apns.ledger);
  const renewals = new Renewals(world, loop);
  const credentials = new Credentials();
  let isOver = false;
  const leave = inhabit({
    loop,
    random: world.fork(),
    onSign: (text) => renewals.signed(text),
    connect: network.connect as never,
  });
  const onError = (error: unknown): void => world.find(`an uncaught error: ${describe(error)}`);
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
  const { stackTraceLimit } = Error;
  // Stacks are slow to make. The run that tells the trace of a finding is verbose.
  if (!verbose) Error.stackTraceLimit = 0;
  try {
    letFaultsHappen(plan.faults, { world, loop, network, apns, addresses: ADDRESSES });
    const stage = (): Stage => ({
      world,
      loop,
      network,
      judge,
      random: world.fork(),
      get isOver() {
        return isOver;
      },
    });
    const callers = plan.actors.map((actor) =>
      actor.kind === "pool" ? new PoolActor(actor, stage()) : new ClientActor(actor, stage(), credentials),
    );
    const campaigns = plan.campaigns.map(
      (campaign) => new CampaignActor(campaign, stage(), apns.ledger, plan.clearAt),
    );
    watchCampaigns(campaigns, apns.ledger);
    const apps = plan.apps.map((one) => new AppsActor(one, stage(), credentials));
    const actors: readonly Actor[] = [...callers, ...campaigns, ...apps];
    network.onAttempt = (host, socket) => actors.find((actor) => actor.host === host)?.onConnect(socket);
    new Retention(world, loop, network, () => actors.map((actor) => actor.holding()));
    const silence = new Silence(world, loop, (host) => {
      const place = actors.findIndex((actor) => actor.host === host);
      return plan.actors[place]?.pingInterval ?? PING_INTERVAL;
    });
    apns.onRead = (session) => silence.heard(session);
    apns.onOpened = (session, stream) => silence.opened(session, stream);
    apns.onCertificateRefused = (host, attempt) =>
      actors.find((actor) => actor.host === host)?.onRefused?.(attempt);
    apns.onLeft = (host, socket, keys) => {
      const actor = actors.find((actor) => actor.host === host);
      if (actor === undefined) return;
      const wasOpen = actor.isOpen;
      // Callers hear of an end through promises, a moment later.
      world.after(0, () => {
        const waiting = keys.filter((key) => judge.isWaiting(key)).join(", ");
        if (wasOpen && waiting !== "")
          world.find(`${actor.name} leaves socket ${socket} before ${waiting} is answered`);
      });
    };
    for (const actor of actors) actor.start();
    clearWeather(plan, world, apns);
    const probeAt = plan.clearAt + RECOVERY;
    const closeAt = probeAt + PROBING;
    world.at(probeAt, () => loop.arrive(() => probe(actors, loop)));
    world.at(closeAt, () => {
      isOver = true;
      loop.arrive(() => void closeAll(actors, loop, world));
    });
    await runLoop(loop, world, closeAt + CLOSING);
    judge.close();
    for (const actor of actors) checkLeftovers(actor, world);
    const { liveEngineTimers } = loop;
    if (liveEngineTimers > 0) world.find(`${liveEngineTimers} timers are alive after everything was closed`);
    if (network.liveSockets > 0)
      world.find(`${network.liveSockets} sockets are open after everything was closed`);
  } finally {
    leave();
    Error.stackTraceLimit = stackTraceLimit;
    process.off("uncaughtException", onError);
    process.off("unhandledRejection", onError);
  }
  return {
    seed: plan.seed,
    hash: trace.hash,
    findings: world.findings,
    simulated: world.now,
    requests: judge.count,
    turns: loop.turns,
    trace: trace.lines,
  };
}

/** Pushes of campaigns are checked by their audits, and the others by the judge. */
function watchCampaigns(campaigns: readonly CampaignActor[], ledger: Ledger): void {
  const { onWritten, onActed } = ledger;
  const auditOf = (key: string): CampaignAudit | undefined =>
    campaigns.find(({ audit }) => audit.owns(key))?.audit;
  ledger.onWritten = (attempt, earlier, fields) => {
    const audit = auditOf(attempt.key);
    if (audit === undefined) onWritten(attempt, earlier, fields);
    else audit.written(attempt, earlier, fields);
  };
  ledger.onActed = (attempt, all) => {
    const audit = auditOf(attempt.key);
    if (audit === undefined) onActed(attempt, all);
    else audit.acted(attempt);
  };
}

/** From now on all is well. */
function clearWeather({ clearAt }: Plan, world: World, apns: Apns): void {
  world.at(clearAt, () => {
    world.trace.line(world.now, "the weather clears");
    apns.manner.begin({ accept: 1 });
    const settings = { maxConcurrentStreams: 100, initialWindowSize: 65_535 };
    apns.settings = { ...apns.settings, ...settings };
    for (const session of apns.sessions) {
      session.changeSettings(settings);
      session.breakSilence();
    }
  });
}

function probe(actors: readonly Actor[], loop: EventLoop): void {
  for (const actor of actors) loop.setTimeout(() => actor.probe(), 0);
}

/** Closes all callers. A connection has a second for its last octets; after that no timer is left. */
async function closeAll(actors: readonly Actor[], loop: EventLoop, world: World): Promise<void> {
  await Promise.all(actors.map((actor) => actor.close()));
  loop.setTimeout(() => {
    const { liveEngineTimers } = loop;
    if (liveEngineTimers > 0)
      world.find(`${liveEngineTimers} timers are alive ${LAST_OCTETS} ms after everything was closed`);
  }, LAST_OCTETS);
}

function checkLeftovers(actor: Actor, world: World): void {
  for (const [name, count] of Object.entries(actor.leftovers())) {
    if (count !== 0) world.find(`${actor.name} has ${name} = ${count} after it was closed`);
  }
}
