import { CertificateAuthority, type IssuedCertificate, MockApns } from "@apnskit/mock-server";
import { FAULT_CASES, type FaultCase } from "./fault-cases.ts";

/** A case as the program in the empty project gets it: plain JSON. */
export interface ProgramCase {
  readonly origin: string;
  readonly ca: string;
  /** The provider key; absent if the client uses a certificate. */
  readonly key?: { readonly key: string; readonly keyId: string; readonly teamId: string };
  /** The client's certificate with its key. */
  readonly pem?: string;
  readonly collapseId?: string;
  readonly timeout?: number;
  readonly abort?: boolean;
}

/** The result of a case on both sides. */
export interface SeenCase {
  readonly name: string;
  readonly program: unknown;
  readonly acted: number;
}

interface Trust {
  readonly authority: CertificateAuthority;
  readonly identity: IssuedCertificate;
}

let trust: Promise<Trust> | undefined;

async function createTrust(): Promise<Trust> {
  const authority = await CertificateAuthority.create();
  return { authority, identity: await authority.issue() };
}

/** One server per case, so that the fault of a case cannot affect another case. */
export class FaultServers implements AsyncDisposable {
  readonly #servers: readonly MockApns[];

  private constructor(servers: readonly MockApns[]) {
    this.#servers = servers;
  }

  static async start(): Promise<FaultServers> {
    trust ??= createTrust();
    const { authority, identity } = await trust;
    const start = ({ faults, auth }: FaultCase) => MockApns.start({ authority, identity, faults, auth });
    return new FaultServers(await Promise.all(FAULT_CASES.map(start)));
  }

  /** The cases, for the program. */
  get cases(): ProgramCase[] {
    return FAULT_CASES.map((one, at) => {
      const server = this.#servers[at]!;
      const { ca, cert, key } = server.clientOptions.tls;
      const { collapseId, timeout, abort } = one;
      return {
        origin: server.origin,
        ca,
        ...(one.auth === "token" ? { key: plainKey(server) } : { pem: `${cert}\n${key}` }),
        ...(collapseId !== undefined && { collapseId }),
        ...(timeout !== undefined && { timeout }),
        ...(abort !== undefined && { abort }),
      };
    });
  }

  /** Combines the program's results with the servers' actions. */
  compare(program: readonly unknown[]): SeenCase[] {
    return FAULT_CASES.map(({ name }, at) => ({
      name,
      program: program[at],
      acted: this.#servers[at]!.ledger.totals.acted,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

/** The expected results. */
export const EXPECTED: readonly SeenCase[] = FAULT_CASES.map(({ name, expected, acted }) => ({
  name,
  program: expected,
  acted,
}));

function plainKey({ key }: MockApns): NonNullable<ProgramCase["key"]> {
  return { key: key.key, keyId: key.keyId, teamId: key.teamId };
}
