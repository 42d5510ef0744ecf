import { CertificateAuthority, type IssuedCertificate, MockApns } from "@apnskit/mock-server";
import { FAULT_CASES, type FaultCase } from "./fault-cases.ts";

/** What the program in the empty project is told of a case: plain JSON. */
export interface ProgramCase {
  readonly origin: string;
  readonly ca: string;
  /** The provider key; absent when the client shows a certificate. */
  readonly key?: { readonly key: string; readonly keyId: string; readonly teamId: string };
  /** The client's certificate with its key. */
  readonly pem?: string;
  readonly collapseId?: string;
  readonly timeout?: number;
  readonly abort?: boolean;
}

/** What was seen of a case at both ends. */
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

/** One server for each case: a fault of one case cannot hit another, whatever the program does. */
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

  /** Sets what the program has seen beside what the servers have done. */
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

/** What has to be seen. */
export const EXPECTED: readonly SeenCase[] = FAULT_CASES.map(({ name, expected, acted }) => ({
  name,
  program: expected,
  acted,
}));

function plainKey({ key }: MockApns): NonNullable<ProgramCase["key"]> {
  return { key: key.key, keyId: key.keyId, teamId: key.teamId };
}
