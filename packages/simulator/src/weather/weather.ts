import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { Apns } from "../apns/apns.ts";
import type { EventLoop } from "../host/event-loop.ts";
import type { Address, Network } from "../network/network.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import { describeFault, type Fault } from "./fault.ts";

/** The parts of the world that have faults. */
export interface Surroundings {
  readonly world: World;
  readonly loop: EventLoop;
  readonly network: Network;
  readonly apns: Apns;
  readonly addresses: readonly Address[];
}

/** Lets the faults of a plan happen. */
export function letFaultsHappen(faults: readonly Fault[], surroundings: Surroundings): void {
  const { world } = surroundings;
  const random = world.fork();
  faults.forEach((fault, place) => {
    // Each has its own draws, so that leaving one out does not change the others.
    const own = random.fork();
    world.at(fault.at, () => {
      world.trace.mix(world.now, EventKind.FAULT, place);
      world.trace.line(world.now, `fault ${describeFault(fault)}`);
      happen(fault, surroundings, own);
    });
  });
}

function happen(
  fault: Fault,
  { world, loop, network, apns, addresses }: Surroundings,
  random: SeededRandom,
): void {
  const { route } = network;
  const chosen = <Item>(items: readonly Item[], share: number): Item[] =>
    items.filter(() => random.chance(share));
  switch (fault.kind) {
    case "cut":
      if (fault.direction !== "down") route.cut("up", fault.duration);
      if (fault.direction !== "up") route.cut("down", fault.duration);
      break;
    case "reset":
      for (const link of chosen(network.links, fault.share)) link.reset();
      break;
    case "forget":
      for (const link of chosen(network.links, fault.share)) link.forget();
      break;
    case "slow":
      route.slow(fault.factor, fault.duration);
      break;
    case "narrow":
      route.narrow(fault.factor, fault.duration);
      break;
    case "names":
      network.nameService = fault.mode;
      world.after(fault.duration, () => {
        network.nameService = "working";
      });
      break;
    case "address": {
      const { address } = addresses[fault.place % addresses.length]!;
      network.setAddress(address, fault.state);
      world.after(fault.duration, () => network.setAddress(address, "listening"));
      break;
    }
    case "handshake":
      network.trouble = fault.trouble;
      world.after(fault.duration, () => {
        network.trouble = undefined;
      });
      break;
    case "goaway":
      for (const session of chosen(apns.sessions, fault.share)) session.goAway(fault);
      break;
    case "restart": {
      for (const session of apns.sessions) session.close(fault.how);
      for (const { address } of addresses) network.setAddress(address, "refusing");
      world.after(fault.downtime, () => {
        for (const { address } of addresses) network.setAddress(address, "listening");
      });
      break;
    }
    case "settings":
      apns.settings = { ...apns.settings, ...fault.settings };
      for (const session of apns.sessions) session.changeSettings(fault.settings);
      break;
    case "manner": {
      const end = apns.manner.begin(fault.treatments);
      world.after(fault.duration, end);
      break;
    }
    case "stop":
      apns.stop(fault.duration);
      break;
    case "slow-reader":
      apns.readSlowly(fault.rate, fault.duration);
      break;
    case "turn-away":
      apns.turnsAway = fault.reason;
      world.after(fault.duration, () => {
        apns.turnsAway = undefined;
      });
      break;
    case "expire-tokens":
      apns.tokens.expireAll();
      break;
    case "certificate":
      refuseCertificates(fault.how, fault.duration, world, network, apns);
      break;
    case "pause":
      loop.pause(fault.duration, false);
      break;
    case "suspend":
      loop.pause(fault.duration, fault.stands);
      break;
    case "wall-clock":
      loop.setWallClock(fault.by);
      break;
  }
}

/** The end of every pool that notices: no connection with the same credentials is of any use. */
function refuseCertificates(
  how: "answer" | "goaway" | "handshake",
  duration: number,
  world: World,
  network: Network,
  apns: Apns,
): void {
  if (how === "handshake") {
    network.trouble = "certificate-refused";
    world.after(duration, () => {
      network.trouble = undefined;
    });
    return;
  }
  if (how === "goaway") {
    for (const session of apns.sessions) {
      session.goAway({ code: "NO_ERROR", reason: "BadCertificate", spares: "arrived", patience: 1_000 });
    }
    return;
  }
  apns.refusesCertificates = true;
  world.after(duration, () => {
    apns.refusesCertificates = false;
  });
}
