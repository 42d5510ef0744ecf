import { requireObject } from "@apnskit/connection/internal";
import { type ApnsClient, type Clock, InvalidOption, type Outcome, walletPass } from "apnskit";
import { checkOptions, readClock } from "apnskit/internal";
import type { Registrations } from "../registrations/registrations.ts";
import { requireRegistrations } from "./update-service.ts";

/** Options that `updatePasses` and `updateOrders` share. */
export interface UpdateOptions {
  /** A client for production: Wallet has no sandbox. Its certificate or provider key must be the team's. */
  readonly apns: Pick<ApnsClient, "sendMany">;
  /** The store of the service. */
  readonly registrations: Registrations;
  /** Wall clock; the machine's by default. */
  readonly clock?: Clock | undefined;
}

/** The result of an update. */
export interface UpdateReport {
  /** One outcome for each device, in the order of the outcomes. */
  readonly outcomes: readonly Outcome[];
  /** Registrations that were removed because APNs called their push token dead. */
  readonly dropped: number;
}

/** Options of {@link updatePasses}. */
export interface UpdatePassesOptions extends UpdateOptions {
  /** The type of the passes, which is the topic of the pushes. */
  readonly passTypeIdentifier: string;
}

/** Options of {@link updateOrders}. */
export interface UpdateOrdersOptions extends UpdateOptions {
  /** The type of the orders, which is the topic of the pushes. */
  readonly orderTypeIdentifier: string;
}

/**
 * Marks passes as changed, and pushes to each device that has one of them. Call it when the new content is
 * available, because a device may ask at once. A device gets one push for any number of changed passes.
 *
 * With very many passes, call it with a few thousand at a time, because the outcomes are kept in memory.
 *
 * @throws InvalidOption
 */
export function updatePasses(
  serialNumbers: Iterable<string>,
  options: UpdatePassesOptions,
): Promise<UpdateReport> {
  return update("updatePasses()", "passTypeIdentifier", serialNumbers, options, options?.passTypeIdentifier);
}

/**
 * The same for orders.
 *
 * @throws InvalidOption
 */
export function updateOrders(
  orderIdentifiers: Iterable<string>,
  options: UpdateOrdersOptions,
): Promise<UpdateReport> {
  return update(
    "updateOrders()",
    "orderTypeIdentifier",
    orderIdentifiers,
    options,
    options?.orderTypeIdentifier,
  );
}

async function update(
  maker: string,
  typeName: "passTypeIdentifier" | "orderTypeIdentifier",
  given: Iterable<string>,
  options: UpdateOptions,
  type: string,
): Promise<UpdateReport> {
  requireObject("options", options);
  checkOptions(maker, options, ["apns", "registrations", "clock", typeName]);
  const { apns } = options;
  if (typeof apns?.sendMany !== "function") {
    throw new InvalidOption("apns", `${maker} needs apns, an open ApnsClient for production`);
  }
  if (typeof type !== "string" || type === "") {
    throw new InvalidOption(typeName, `${maker} needs ${typeName}, such as pass.com.example.card`);
  }
  const registrations = requireRegistrations(options.registrations);
  const clock = readClock(options.clock);
  const ids = idsOf(maker, given);
  await registrations.markChanged(type, ids, clock.epoch());
  const tokens = new Set<string>();
  for await (const { pushToken } of registrations.holders(type, ids)) tokens.add(pushToken);
  const outcomes: Outcome[] = [];
  let dropped = 0;
  const sentAt = clock.epoch();
  for await (const outcome of apns.sendMany(tokens, walletPass({ topic: type }))) {
    outcomes.push(outcome);
    if (!outcome.tokenIsDead || outcome.token === undefined) continue;
    // Keeps a device that registered again after its token died.
    dropped += await registrations.dropToken(type, outcome.token, outcome.timestamp ?? sentAt);
  }
  return { outcomes, dropped };
}

function idsOf(maker: string, given: unknown): readonly string[] {
  const iterable = given as Partial<Iterable<unknown>> | null | undefined;
  if (typeof given === "string" || typeof iterable?.[Symbol.iterator] !== "function") {
    throw new InvalidOption("ids", `${maker} takes a list of identifiers; received ${typeof given}`);
  }
  const ids = [...new Set(given as Iterable<unknown>)];
  if (ids.some((id) => typeof id !== "string" || id === "")) {
    throw new InvalidOption("ids", `${maker} takes identifiers that are strings and not empty`);
  }
  return ids as readonly string[];
}
