import { type Authorization, ConnectionCredentials } from "../../src/credentials/connection-credentials.ts";
import { ProviderTokens } from "../../src/credentials/provider-tokens.ts";
import { TokenThrottle } from "../../src/credentials/token-throttle.ts";
import type { Answer } from "../../src/services/answer.ts";
import type { ApnsRequest, Decision, Service } from "../../src/services/service.ts";

/** The changes that a test makes to a good request; an undefined header is left out. */
export interface Changes {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Alternating names and values. Default: those of `headers`. */
  readonly raw?: readonly string[];
  readonly body?: string;
  readonly bytes?: number;
}

/** A request that has arrived completely. */
export function request(good: Required<Omit<Changes, "raw" | "bytes">>, changes: Changes): ApnsRequest {
  const { method, path, body, raw } = { ...good, ...changes };
  const given = Object.entries({ ...good.headers, ...changes.headers }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    method,
    path,
    headers: Object.fromEntries(given) as ApnsRequest["headers"],
    rawHeaders: raw ?? (given.flat() as string[]),
    bytes: changes.bytes ?? Buffer.byteLength(body),
    text: () => body,
  };
}

/** Credentials of a connection that are what a test says, and write down what binds them. */
export class FixedCredentials extends ConnectionCredentials {
  readonly bound: Authorization[] = [];
  readonly #answer: ReturnType<ConnectionCredentials["authorize"]>;
  readonly #topics: ReadonlySet<string> | undefined;

  constructor(answer: ReturnType<ConnectionCredentials["authorize"]>, topics?: readonly string[]) {
    super(
      {
        environment: "sandbox",
        anything: true,
        tokens: new ProviderTokens("sandbox"),
        tokenUpdateInterval: 0,
        tokenUpdateScope: "connection",
        blockAfterTokenUpdate: false,
        throttle: new TokenThrottle(0),
        topics: () => undefined,
      },
      undefined,
      "127.0.0.1",
    );
    this.#answer = answer;
    this.#topics = topics === undefined ? undefined : new Set(topics);
  }

  override authorize() {
    return this.#answer;
  }

  override bind(authorization: Authorization): void {
    this.bound.push(authorization);
  }

  override get teamTopics(): ReadonlySet<string> | undefined {
    return this.#topics;
  }
}

/** The credentials of a key that is for these bundle ids only; without them, for all. */
export function tokenOf(topics?: readonly string[]): Authorization {
  const key = {
    keyId: "KEY",
    teamId: "TEAM",
    publicKey: undefined as never,
    environment: undefined,
    topics: topics && new Set(topics),
    relatedKeyId: undefined,
  };
  return { kind: "token", token: { key, issuedAt: 0 } };
}

/** The credentials of a certificate for these topics. */
export function certificateFor(...topics: string[]): Authorization {
  return {
    kind: "certificate",
    certificate: {
      serialNumber: "01",
      topics: new Set(topics),
      environments: [],
      notAfter: Number.POSITIVE_INFINITY,
      trusted: true,
    },
  };
}

/** The reason of an answer, or its status if it is no refusal. */
export function verdict(answer: Answer): string | number {
  return "reason" in answer ? answer.reason : answer.status;
}

/** What a service decides, in short; checks that a refusal of the credentials counts as one. */
export function decided(service: Service, asked: ApnsRequest, credentials: ConnectionCredentials): Decision {
  return service.decide(asked, credentials, 1_700_000_000_000);
}
