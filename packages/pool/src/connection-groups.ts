import type { Group, Member } from "./member.ts";

/** A connection only moves forward. */
const ORDER: Readonly<Record<Group, number>> = { new: 0, active: 1, retiring: 2, draining: 3, gone: 4 };

/**
 * The connections of a pool, each in exactly one group; `move` is the only way from one to another.
 *
 *     connecting ──first SETTINGS──▶ active ──to be replaced──▶ retiring
 *         │                            │                           │
 *         │                            ├──GOAWAY, stopped, resized─┤
 *         │                            ▼                           ▼
 *         └─────failed─────▶ gone ◀────────last answer──────── draining
 *                             ▲
 *                             └── died, from every group
 */
export class ConnectionGroups {
  /** Attempts to open a connection; each controller cancels its attempt. */
  readonly connecting = new Set<AbortController>();
  /** Active and retiring, in the order in which they were opened. */
  readonly #taking: Member[] = [];
  readonly #draining = new Set<Member>();

  /** The connections that take requests: active and retiring ones. */
  get taking(): readonly Member[] {
    return this.#taking;
  }

  /** How many connections are draining. */
  get draining(): number {
    return this.#draining.size;
  }

  /** How many connections are active. */
  get active(): number {
    let count = 0;
    for (const { group } of this.#taking) if (group === "active") count++;
    return count;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    let sum = 0;
    for (const { transport } of this.#taking) sum += transport.inflight;
    for (const { transport } of this.#draining) sum += transport.inflight;
    return sum;
  }

  /** Moves a connection forward. False if it is already there or further on. */
  move(member: Member, to: Exclude<Group, "new">): boolean {
    const from = member.group;
    if (ORDER[to] <= ORDER[from]) return false;
    member.group = to;
    if (from === "new") this.#taking.push(member);
    if (to === "active" || to === "retiring") return true;
    const place = this.#taking.indexOf(member);
    if (place >= 0) this.#taking.splice(place, 1);
    if (to === "draining") this.#draining.add(member);
    else this.#draining.delete(member);
    return true;
  }

  /** All open connections. */
  all(): Member[] {
    return [...this.#taking, ...this.#draining];
  }
}
