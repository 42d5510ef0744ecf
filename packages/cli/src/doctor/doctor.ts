import { isIP } from "node:net";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { asFailure, usage } from "../failure.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { withMockDefaults } from "../settings/credentials.ts";
import { loadSettings } from "../settings/load.ts";
import type { Settings } from "../settings/settings.ts";
import { originOf, readTarget, type Target } from "../settings/target.ts";
import { chainFinding } from "./certificate-chain.ts";
import { checkCredentials, checkScope, checkTopic } from "./credential-checks.ts";
import { Findings } from "./finding.ts";
import { addressesOf, type Dial, dialDirectly, networkProblem, shakeHands } from "./network.ts";
import { isMockMissing, type OwnMock, startMock } from "./own-mock.ts";

/** Options of `apnskit doctor`. */
export interface DoctorFlags extends SettingFlags {
  readonly token?: string;
  readonly timeout: number;
}

/** Runs `apnskit doctor`. */
export async function doctor(invocation: Invocation<DoctorFlags>): Promise<ExitCode> {
  const { options, output, env } = invocation;
  const given = loadSettings(invocation);
  const token = options.token === undefined ? undefined : await readToken(options.token);
  const findings = new Findings(output);
  let own: OwnMock | undefined;
  try {
    const from = given.target === undefined ? "" : ` (from ${given.target.source})`;
    const say = (name: string) => findings.add({ check: "target", status: "ok", detail: `${name}${from}` });
    if (await isMockMissing(given, env, options.timeout)) {
      say("a mock server in this process: none runs on this machine");
      own = await startMock(given);
    } else say(readTarget(given, env).name);
    const settings = own?.settings ?? withMockDefaults(given, env);
    const target = own?.target ?? readTarget(given, env);
    await examine(settings, target, token, invocation, findings);
  } finally {
    await own?.close();
  }
  if (output.json) output.record({ exitCode: findings.exitCode });
  return findings.exitCode;
}

async function examine(
  settings: Settings,
  target: Target,
  token: string | undefined,
  { options, env }: Invocation<DoctorFlags>,
  findings: Findings,
): Promise<void> {
  const { timeout } = options;
  const read = await checkCredentials(settings, findings);
  const topic = checkTopic(settings, read, findings);
  const auth = read !== undefined && checkScope(read, target, topic, findings) ? read : undefined;
  checkProxy(settings, env, findings);
  const proxy = settings.proxy?.value;
  if (await checkNetwork(target, proxy, timeout, findings)) {
    const { checkAnswer } = await import("./request.ts");
    await checkAnswer({ target, auth, topic, token, proxy, timeout }, findings);
  } else {
    findings.add({ check: "answer", status: "skipped", detail: "the server cannot be reached" });
  }
}

async function readToken(given: string): Promise<string> {
  const { deviceToken } = await import("apnskit");
  try {
    return deviceToken(given);
  } catch (error) {
    throw usage(`--token: ${(error as Error).message}`, { cause: error });
  }
}

/** Variables that set the proxy of other programs. `apnskit` needs an explicit setting. */
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

function checkProxy({ proxy }: Settings, env: NodeJS.ProcessEnv, findings: Findings): void {
  const check = "proxy";
  if (proxy !== undefined) {
    const host = URL.canParse(proxy.value) ? new URL(proxy.value).host : "";
    if (host === "") {
      const detail = `${proxy.source} is not the address of a proxy`;
      findings.add({
        check,
        status: "failed",
        detail,
        remedy: "Use http://host:port.",
        exitCode: ExitCode.usage,
      });
    } else findings.add({ check, status: "ok", detail: `${host} (from ${proxy.source})` });
    return;
  }
  const variable = PROXY_VARIABLES.find((name) => env[name]);
  if (variable === undefined) findings.add({ check, status: "ok", detail: "none" });
  else {
    findings.add({
      check,
      status: "warning",
      detail: `${variable} is set, but apnskit connects directly`,
      remedy: "If APNs is reached by the proxy only, set APNSKIT_PROXY to the same address.",
    });
  }
}

const NO_HTTP2 = {
  check: "ALPN",
  status: "failed",
  remedy: "Something in between, or another server, answers: APNs speaks HTTP/2 only.",
  exitCode: ExitCode.unreachable,
} as const;

/** Checks name, ports, TLS and certificate; returns whether a request can be tried. */
async function checkNetwork(
  target: Target,
  proxy: string | undefined,
  timeout: number,
  findings: Findings,
): Promise<boolean> {
  const url = new URL(originOf(target));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? 443 : Number(url.port);
  const dial = proxy === undefined ? dialDirectly : await dialBy(proxy);
  if (!(await checkName(host, proxy, timeout, findings))) return false;
  if (!(await checkPorts(host, port, target.origin === undefined, dial, timeout, findings))) return false;
  try {
    const { version, alpn, certificate } = await shakeHands(
      await dial(host, port, timeout),
      host,
      target.ca,
      timeout,
    );
    findings.add({ check: "TLS", status: "ok", detail: version });
    const finding = chainFinding(certificate);
    findings.add(finding);
    if (alpn === "h2") findings.add({ check: "ALPN", status: "ok", detail: "h2" });
    else findings.add({ ...NO_HTTP2, detail: `the server offers ${alpn ?? "no protocol"}, not h2` });
    return finding.status !== "failed" && alpn === "h2";
  } catch (error) {
    // RFC 7301 §3.2: the alert of a server that knows none of the offered protocols.
    if (/NO_APPLICATION_PROTOCOL/.test(String((error as NodeJS.ErrnoException).code))) {
      findings.add({ ...NO_HTTP2, detail: "the server does not know h2" });
      return false;
    }
    findings.add({
      check: "TLS",
      status: "failed",
      detail: networkProblem(error),
      remedy: "Look for a firewall or proxy that lets TCP through, but not TLS.",
      exitCode: ExitCode.unreachable,
    });
    return false;
  }
}

async function checkName(
  host: string,
  proxy: string | undefined,
  timeout: number,
  findings: Findings,
): Promise<boolean> {
  const check = "DNS";
  if (isIP(host) !== 0) return true;
  if (proxy !== undefined) {
    findings.add({ check, status: "skipped", detail: "the proxy resolves the name" });
    return true;
  }
  try {
    const { v4, v6 } = await addressesOf(host, timeout);
    const shown = [...v4.slice(0, 2), ...v6.slice(0, 2)].join(", ");
    findings.add({
      check,
      status: "ok",
      detail: `${host}: ${shown} (IPv4: ${v4.length}, IPv6: ${v6.length})`,
    });
    return true;
  } catch (error) {
    const detail = `${host}: ${networkProblem(error)}`;
    const remedy = "Check the machine's name servers and its network.";
    findings.add({ check, status: "failed", detail, remedy, exitCode: ExitCode.unreachable });
    return false;
  }
}

/** Tries both ports of Apple, because firewalls often allow only one of them. */
async function checkPorts(
  host: string,
  port: number,
  isApple: boolean,
  dial: Dial,
  timeout: number,
  findings: Findings,
): Promise<boolean> {
  const ports = isApple ? [port, 2197] : [port];
  const problems = await Promise.all(
    ports.map(async (each): Promise<string | undefined> => {
      try {
        (await dial(host, each, timeout)).on("error", () => {}).destroy();
        return undefined;
      } catch (error) {
        return asFailure(error)?.message ?? networkProblem(error);
      }
    }),
  );
  const other = isApple && problems[1] === undefined;
  for (const [index, problem] of problems.entries()) {
    const check = `TCP ${ports[index]}`;
    if (problem === undefined) findings.add({ check, status: "ok", detail: "open" });
    else if (index === 0) {
      const remedy = other
        ? `Use the other port: --target https://${host}:2197.`
        : "Open this port for outgoing connections, or check that the server runs.";
      findings.add({ check, status: "failed", detail: problem, remedy, exitCode: ExitCode.unreachable });
    } else findings.add({ check, status: "warning", detail: `${problem}; only an alternative to 443` });
  }
  return problems[0] === undefined;
}

async function dialBy(proxy: string): Promise<Dial> {
  const { httpProxy } = await import("apnskit");
  const connect = httpProxy(proxy);
  return async (host, port, timeout) => connect({ host, port, signal: AbortSignal.timeout(timeout) });
}
