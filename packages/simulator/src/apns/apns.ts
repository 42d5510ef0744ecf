import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { Link, ServerEnd } from "../network/link.ts";
import type { World } from "../world/world.ts";
import { type Attempt, Ledger } from "./ledger.ts";
import type { Manner, Treatment } from "./manner.ts";
import { Session } from "./session.ts";
import type { BindingSettings } from "./stream-book.ts";
import { TokenOffice } from "./token-office.ts";

/** The service as a whole: its sessions, its manner, its memory. */
export class Apns {
  readonly ledger = new Ledger();
  readonly manner: Manner;
  readonly tokens: TokenOffice;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #epoch: number;
  readonly #sessions = new Set<Session>();
  /** SETTINGS of new connections. */
  settings: BindingSettings;
  /** Octets that each connection reads in a millisecond, until a time. */
  #slowReading = { rate: Number.POSITIVE_INFINITY, until: 0 };
  /** Every request is answered with 403 BadCertificate. */
  refusesCertificates = false;
  /** Every connection is turned away with this reason, at once. */
  turnsAway: string | undefined;
  /** Told when a client has read octets of a session, and when it opens a stream. */
  onRead: (session: Session) => void = () => {};
  onOpened: (session: Session, stream: number) => void = () => {};
  /** Told when a client leaves a healthy connection on which requests have no answer. */
  onLeft: (host: string, socket: number, keys: readonly string[]) => void = () => {};
  /** Told when a client has read that its certificate is refused, by the answer to a request or by GOAWAY. */
  onCertificateRefused: (host: string, attempt: Attempt | undefined) => void = () => {};
  #stopped = 0;
  #waiting: (() => void)[] = [];

  /** @param epoch wall-clock milliseconds when the world begins */
  constructor(world: World, manner: Manner, settings: BindingSettings, epoch: number) {
    this.#world = world;
    this.#random = world.fork();
    this.manner = manner;
    this.settings = settings;
    this.#epoch = epoch;
    this.tokens = new TokenOffice(world, () => this.epoch());
  }

  /** Wall-clock milliseconds, as APNs has them: right. */
  epoch(): number {
    return this.#epoch + this.#world.now;
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions];
  }

  /** True: its processes do not run; machines still acknowledge what they receive. */
  get isStopped(): boolean {
    return this.#stopped > 0;
  }

  readonly accept = (link: Link, socket: number, host: string): ServerEnd => {
    const session = new Session(this.#world, this.#random.fork(), this, link, socket, host);
    this.#sessions.add(session);
    this.whenRunning(() => {
      session.greet(this.settings);
      if (this.turnsAway === undefined) return;
      session.goAway({ code: "NO_ERROR", reason: this.turnsAway, spares: "arrived", patience: 10 });
    });
    return session;
  };

  forget(session: Session): void {
    this.#sessions.delete(session);
  }

  /** Does something as soon as its processes run. */
  whenRunning(work: () => void): void {
    if (this.isStopped) this.#waiting.push(work);
    else work();
  }

  /** Its processes stand still for so many milliseconds. */
  stop(duration: number): void {
    this.#stopped++;
    this.#world.after(duration, () => {
      if (--this.#stopped > 0) return;
      for (const work of this.#waiting.splice(0)) work();
    });
  }

  /** Its connections read so many octets in a millisecond, for so many milliseconds. */
  readSlowly(rate: number, duration: number): void {
    this.#slowReading = { rate, until: this.#world.now + duration };
  }

  /**
   * When octets are read whose turn comes at `from`. Octets that are left when the fault ends are read then.
   */
  readAt(from: number, octets: number): number {
    const { rate, until } = this.#slowReading;
    return Math.max(from, Math.min(from + octets / rate, until));
  }

  /** How a request is treated. */
  treatmentOf(
    fields: ReadonlyMap<string, string>,
  ): Treatment | { readonly status: number; readonly reason: string } {
    if (this.refusesCertificates) return { status: 403, reason: "BadCertificate" };
    return this.tokens.refusal(fields.get("authorization")) ?? this.manner.treatment();
  }
}
