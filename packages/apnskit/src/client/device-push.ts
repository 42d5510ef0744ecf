import {
  type Advice,
  type Life,
  type Occasion,
  type Phase,
  type Request,
  RequestHeaders,
  type Response,
} from "@apnskit/pool";
import type { Failure } from "@apnskit/pool/internal";
import type { BearerToken } from "../credentials/bearer-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import { type Outcome, outcomeOfAnswer, outcomeOfError, type Submission } from "../outcome.ts";
import type { Courier } from "./courier.ts";
import { notificationId } from "./notification-id.ts";
import type { RequestTemplate } from "./request-template.ts";
import { Sending } from "./sending.ts";

/** Answers of a connection that is older than the team's access to the app. */
const TOPIC_REASONS: ReadonlySet<string | undefined> = new Set(["TopicDisallowed", "DeviceTokenNotForTopic"]);

/** Receives the outcome of one notification, and the error behind it, if any. */
export type OnOutcome = (outcome: Outcome, cause: Error | undefined) => void;

/** One notification for one device, until its outcome. */
export class DevicePush extends Sending implements Submission {
  readonly token: string;
  readonly given: string | undefined;
  /** The same in all attempts, so that it is known even if there is no answer. */
  readonly apnsId: string;
  readonly index: number | undefined;
  readonly #courier: Courier;
  readonly #template: RequestTemplate;
  readonly #done: OnOutcome;
  #life: Life | undefined = undefined;

  constructor(
    courier: Courier,
    template: RequestTemplate,
    token: string,
    given: string | undefined,
    index: number | undefined,
    done: OnOutcome,
  ) {
    super(courier);
    this.token = token;
    this.given = given;
    this.apnsId = template.headers["apns-id"] ?? notificationId();
    this.index = index;
    this.#courier = courier;
    this.#template = template;
    this.#done = done;
  }

  get attempts(): number {
    return this.#life?.attempts ?? 0;
  }

  get maybeDelivered(): boolean {
    return this.#life?.maybeDelivered ?? false;
  }

  get expired(): boolean {
    return this.#template.hasExpired(this.#courier.clock.epoch());
  }

  get #topic(): string {
    return this.#template.headers["apns-topic"]!;
  }

  get idempotent(): boolean {
    return this.#life?.idempotent ?? false;
  }

  protected createRequest(bearer: BearerToken | undefined): Request {
    const own =
      this.#template.headers["apns-id"] === undefined
        ? RequestHeaders.ofId("apns-id", this.apnsId)
        : undefined;
    // The token is hexadecimal.
    return this.#template.request(`/3/device/${this.token}`, own, bearer);
  }

  /**
   * APNs ties a connection to the apps that the team has at its first push ("Establishing a token-based
   * connection to APNs"). If a connection is older than the topic, the push replaces it and is tried again
   * over a fresh one.
   */
  override advise(response: Response, occasion: Occasion): Advice | undefined {
    const refusesTopic = response.status === 400 && TOPIC_REASONS.has(response.reason);
    if (refusesTopic && this.#courier.topics.isNewerThan(this.#topic, occasion.connectionOpenedAt)) {
      return { request: { action: "resend" }, connection: "stop" };
    }
    return super.advise(response, occasion);
  }

  protected onAnswer(response: Response, life: Life, refusal: ProviderTokenRejected | undefined): void {
    this.#life = life;
    const tokensFit = !response.ok && this.#courier.topics.tokensFit(this.#topic, this.#courier.clock.now());
    this.#end(outcomeOfAnswer(response, this, { hint: refusal?.message, tokensFit }), refusal);
  }

  onFailure(error: Failure, life: Life, phase: Phase): void {
    this.#life = life;
    this.#end(outcomeOfError(error, this, phase), error);
  }

  #end(outcome: Outcome, cause: Error | undefined): void {
    this.#courier.record(outcome, this.#topic);
    this.#done(outcome, cause);
  }
}
