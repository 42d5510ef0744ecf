import type { TLSSocket } from "node:tls";
import type { Notification, Timer } from "apnskit";
import { encodeErrorPacket } from "../codec/error-packet.ts";
import { type Frame, isMalformed, type LegacyNotification } from "../codec/frames.ts";
import { NotificationDecoder } from "../codec/notification-decoder.ts";
import { Status } from "../codec/status.ts";
import { endedByReset, isReset } from "../listeners/peer.ts";
import type { Unread } from "../listeners/unread-connections.ts";
import { countRefused } from "../report/app-counts.ts";
import type { ClientRecord } from "../report/client-census.ts";
import { ApnsIds } from "./apns-ids.ts";
import { ConnectionLog } from "./connection-log.ts";
import { FrameDeadline } from "./frame-deadline.ts";
import { OwnLag } from "./own-lag.ts";
import { Push } from "./push.ts";
import { type Ending, PushSequence } from "./push-sequence.ts";
import type { PushService } from "./push-service.ts";
import { rememberBehind, rememberCut } from "./remember.ts";
import { keyOf } from "./repetitions.ts";
import { refused, UNSENT } from "./verdict.ts";

/**
 * One connection of a legacy client. It connects the socket, the decoder, the {@link PushSequence} that
 * decides the end, and the way to APNs. It reads ahead of the window within a bound, so that it notices the
 * client's end. Beyond that, it reads only as fast as notifications are answered.
 */
export class PushConnection implements Unread {
  readonly #socket: TLSSocket;
  readonly #service: PushService;
  readonly #client: ClientRecord;
  readonly #decoder: NotificationDecoder;
  readonly #sequence: PushSequence;
  readonly #ids = new ApnsIds();
  readonly #log: ConnectionLog;
  /** All complete frames have been taken. */
  #isStarved = true;
  #isPumping = false;
  /** The client has ended its side. */
  #hasDeparted = false;
  /** The connection cannot be written to. */
  #isGone = false;
  /** The client cannot know how far the gateway got. Every complete frame has been taken. */
  #wasCut = false;
  /** Taken when the connection was cut, in this order, and not sent yet because there is no room. */
  readonly #held: Push[] = [];
  /** The end is decided: further input is discarded. */
  #isOver = false;
  /** Most connections never lag. */
  #lag: OwnLag | undefined = undefined;
  /** Taken from the decoder, and not received before a lag has ended. */
  #postponed: Frame | undefined = undefined;
  readonly #frameDeadline: FrameDeadline;
  #lingerTimer: Timer | undefined = undefined;

  /** @param client its row in the report @param onClosed called once, when the socket is closed */
  constructor(socket: TLSSocket, service: PushService, client: ClientRecord, onClosed: () => void) {
    const { window, payloadLimit, frameTimeout } = service.limits;
    this.#socket = socket;
    this.#service = service;
    this.#client = client;
    this.#decoder = new NotificationDecoder({ payloadLimit });
    this.#sequence = new PushSequence(window);
    this.#log = new ConnectionLog(service, client, this.#ids.connection);
    this.#frameDeadline = new FrameDeadline(service.clock, frameTimeout, () => this.#onLateFrame());
    service.upstream.warmUp();
    service.unread.look();
    service.overlaps.join(this);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => {
      // Node.js calls a reset that comes right behind bytes an end.
      if (endedByReset(socket)) this.#reset();
      else this.#depart();
    });
    socket.on("error", () => this.#cut());
    socket.once("close", () => {
      this.#isGone = true;
      this.#lingerTimer?.cancel();
      this.#service.unread.delete(this);
      this.#service.overlaps.leave(this, this.#lag);
      // Without an end before it, the client has not left in order.
      if (this.#hasDeparted || this.#isOver) this.#depart();
      else this.#cut();
      onClosed();
    });
    this.#log.connected();
  }

  /** Stops taking notifications; the connection ends when none is in flight. */
  stop(): void {
    if (this.#isOver) return;
    this.#refuseNext();
    this.#sequence.stop();
    this.#isPumping = true;
    for (const push of this.#held.splice(0)) push.settle(UNSENT);
    this.#isPumping = false;
    this.#pause();
    this.#conclude();
  }

  /**
   * The first notification that came and is not taken is unsent. Without this fault, a connection on which nothing was
   * accepted would end in silence, and its client would take silence for success.
   */
  #refuseNext(): void {
    const frame = this.#nextFrame();
    if (frame === undefined) return;
    if (isMalformed(frame)) this.#receive(frame);
    else this.#sequence.take({ identifier: frame.identifier ?? 0, verdict: UNSENT });
  }

  /** For a connection that is not read from. */
  checkPeer(): void {
    // After both sides have ended, the system has no peer either.
    if (!this.#isOver && isReset(this.#socket)) this.#reset();
  }

  /** Closes the socket at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#service.unread.look();
    this.#decoder.push(chunk);
    // Input behind the end is discarded, but where it stops shows whether the client was cut off.
    if (this.#isOver) this.#skip();
    else if (this.#lag?.isInQuestion !== true) this.#pump();
    this.#lag?.noteRead(chunk.length);
  }

  #createLag(): OwnLag {
    return new OwnLag(this.#service.overlaps, this.#service.clock, {
      isStarved: () => this.#isStarved || this.#isOver,
      hasDeparted: () => this.#hasDeparted,
      resume: () => this.#resume(),
      pump: this.#pump,
      inCaseOfCut: () => (this.#isOver ? this.#sequence.recent() : this.#sequence.inCaseOfCut()),
    });
  }

  /** Takes as many notifications as may be in flight. */
  readonly #pump = (): void => {
    if (this.#isOver || this.#isPumping) return;
    if (this.#wasCut) {
      this.#sendHeld();
      return;
    }
    const { upstream } = this.#service;
    const wasMidFrame = this.#isStarved && this.#decoder.isMidFrame && this.#frameDeadline.isSet;
    let taken = 0;
    this.#isPumping = true;
    this.#isStarved = false;
    do {
      taken += this.#takeAll();
      // Absorbed repetitions have their verdict at once, which makes room for more.
      this.#conclude();
      if (this.#isOver) return;
    } while (!this.#isStarved && !this.#waits && this.#sequence.takes && upstream.hasRoom);
    this.#isPumping = false;
    if (this.#isStarved) this.#watchFrame(taken > 0 || !wasMidFrame);
    else if (!upstream.hasRoom) upstream.whenRoom(this.#pump);
    this.#adjustReading();
  };

  #adjustReading(): void {
    const isWithin = this.#isStarved || this.#decoder.buffered <= this.#service.limits.readAhead;
    if (isWithin && this.#lag !== undefined) this.#service.overlaps.caughtUp(this.#lag);
    if (isWithin || this.#lag?.isInQuestion === true) this.#resume();
    else this.#pause();
  }

  #pause(): void {
    if (this.#hasDeparted || this.#socket.isPaused()) return;
    this.#socket.pause();
    this.#service.unread.add(this);
    this.#lag ??= this.#createLag();
    this.#lag.begin();
  }

  #resume(): void {
    if (!this.#socket.isPaused()) return;
    this.#service.unread.delete(this);
    this.#lag?.noteReading();
    this.#socket.resume();
  }

  /** After a cut: as many as there may be under way. */
  #sendHeld(): void {
    const { upstream, limits } = this.#service;
    const held = this.#held;
    this.#isPumping = true;
    while (held.length > 0 && upstream.hasRoom && this.#sequence.pending - held.length < limits.window) {
      upstream.send(held.shift()!);
    }
    this.#isPumping = false;
    if (held.length > 0 && !upstream.hasRoom) upstream.whenRoom(this.#pump);
    this.#conclude();
  }

  /** Returns how many frames it has taken. */
  #takeAll(): number {
    const { upstream } = this.#service;
    let taken = 0;
    for (; this.#sequence.takes && upstream.hasRoom && this.#lag?.isInQuestion !== true; taken++) {
      const frame = this.#nextFrame();
      if (frame === undefined) {
        this.#isStarved = true;
        break;
      }
      if (this.#service.overlaps.isWatching && !isMalformed(frame)) {
        const key = keyOf({ ...frame, token: frame.token.toString("hex") });
        if (this.#mustWait(key)) {
          this.#postponed = frame;
          break;
        }
        this.#receive(frame, key);
      } else this.#receive(frame);
    }
    return taken;
  }

  #nextFrame(): Frame | undefined {
    const frame = this.#postponed;
    if (frame === undefined) return this.#decoder.next();
    this.#postponed = undefined;
    return frame;
  }

  /** Whether a lag must end before a notification is taken, since it may be a repetition. */
  #mustWait(key: string): boolean {
    const { overlaps, repetitions } = this.#service;
    return !repetitions.has(key) && overlaps.mustWait(key, this.#lag?.current, this.#pump);
  }

  /** @param key while notifications of several connections are compared */
  #receive(frame: Frame, key?: string): void {
    if (isMalformed(frame)) {
      this.#refuse(frame.identifier ?? 0, frame.status, `frame of command ${frame.command} cannot be used`);
      return;
    }
    const { counts, census, clock, translation } = this.#service;
    counts.received[frame.command]++;
    census.noteNotification(this.#client, frame.command, clock.epoch());
    const identifier = frame.identifier ?? 0;
    const notification = translation.notification(frame, this.#ids.next(identifier));
    if (notification === undefined) {
      this.#refuse(identifier, Status.processingError, "the payload is no JSON object");
      return;
    }
    this.#send(frame, identifier, notification, key);
  }

  #send(
    { token, expiry }: LegacyNotification,
    identifier: number,
    notification: Notification,
    key: string | undefined,
  ): void {
    const { clock, repetitions, overlaps, upstream, counts } = this.#service;
    const push = new Push(
      identifier,
      token.toString("hex"),
      notification,
      expiry,
      clock.now(),
      this.#onVerdict,
    );
    this.#sequence.take(push);
    let fate = repetitions.take(push);
    if (key !== undefined || this.#wasCut) fate ??= overlaps.claim(key ?? keyOf(push), this.#lag?.current);
    if (key !== undefined) overlaps.note(key, push.fate, this.#lag?.current);
    if (fate !== undefined) {
      counts.absorbed++;
      push.follow(fate, upstream);
    } else if (this.#wasCut) this.#held.push(push);
    else upstream.send(push);
  }

  /** Whether a lag must end before anything is taken. */
  get #waits(): boolean {
    return this.#postponed !== undefined || this.#lag?.isInQuestion === true;
  }

  readonly #onVerdict = (push: Push): void => {
    this.#sequence.settled(push);
    if (this.#isOver || this.#isPumping) return;
    // First, because it makes room.
    this.#conclude();
    if (!this.#isStarved || this.#held.length > 0) this.#pump();
  };

  #refuse(identifier: number, status: Status, reason: string): void {
    countRefused(this.#service.counts, status);
    this.#sequence.take({ identifier, verdict: refused(status, reason) });
  }

  /** The client has ended its side, in order or in the middle of a frame. */
  #depart(): void {
    if (this.#hasDeparted) return;
    this.#hasDeparted = true;
    this.#sequence.depart();
    // Decided at once: while the frames before wait for room, the client may come again.
    if (this.#decoder.endsMidFrame) this.#cut();
    this.#lag?.end("over");
    this.#pump();
    this.#conclude();
  }

  #reset(): void {
    this.#socket.destroy();
    this.#cut();
  }

  /** The connection was reset, or ended in the middle of a frame. */
  #cut(): void {
    if (this.#socket.destroyed) this.#isGone = true;
    if (!this.#wasCut) {
      this.#wasCut = true;
      if (this.#isOver) {
        // Everything behind a fault is remembered already, but perhaps the client never saw the packet.
        rememberCut(this.#service, this.#lag?.current, this.#sequence.recent());
      } else {
        this.#takeRest();
        rememberCut(this.#service, this.#lag?.current, this.#sequence.inCaseOfCut());
      }
      this.#lag?.end("cut");
    }
    this.#depart();
  }

  /** Takes every complete frame at once, since the client may repeat it now. Sends none yet. */
  #takeRest(): void {
    this.#isPumping = true;
    for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) this.#receive(frame);
    this.#isPumping = false;
    this.#isStarved = true;
  }

  /** @param hasBegun whether the incomplete frame is another one than at the last call */
  #watchFrame(hasBegun: boolean): void {
    if (!this.#decoder.isMidFrame || this.#hasDeparted) this.#frameDeadline.cancel();
    else if (hasBegun || !this.#frameDeadline.isSet) this.#frameDeadline.begin();
  }

  #onLateFrame(): void {
    if (this.#isOver || !this.#isStarved || !this.#decoder.isMidFrame) return;
    this.#isStarved = false;
    this.#pause();
    this.#refuse(0, Status.protocolError, "the rest of a frame did not come in time");
    this.#conclude();
  }

  #conclude(): void {
    if (this.#isOver) return;
    const ending = this.#sequence.conclude(this.#hasDeparted && this.#isStarved);
    if (ending !== undefined) this.#end(ending);
  }

  #end(ending: Ending): void {
    this.#isOver = true;
    this.#frameDeadline.cancel();
    this.#service.unread.delete(this);
    this.#service.upstream.forget(this.#pump);
    const { packet, fault, behind } = ending;
    const tells = packet !== undefined && !this.#isGone;
    const { counts } = this.#service;
    // A stop does not send the complete frames of a client that has left.
    const skipped = this.#skip();
    if (this.#hasDeparted) counts.untold += this.#sequence.untold(tells ? fault : undefined) + skipped;
    if (tells) {
      counts.reported++;
      if (!this.#wasCut) rememberBehind(this.#service, this.#lag?.current, behind);
    }
    this.#log.ended(ending, tells);
    if (this.#isGone) return;
    if (tells) this.#socket.end(encodeErrorPacket(packet));
    else this.#socket.end();
    this.#linger();
  }

  /** Discards the complete frames that have come. Returns their number. */
  #skip(): number {
    let count = 0;
    while (this.#nextFrame() !== undefined) count++;
    return count;
  }

  /**
   * Keeps reading: closing with unread bytes would reset the connection, and the client might never see the
   * packet.
   */
  #linger(): void {
    const { clock, limits } = this.#service;
    this.#resume();
    this.#lingerTimer = clock.setTimer(() => this.#socket.destroy(), limits.lingerTimeout);
  }
}
