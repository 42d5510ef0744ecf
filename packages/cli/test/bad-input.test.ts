import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";
import { mockServerIsBuilt } from "./support/mock-server.ts";
import { OTHER, TestServer, TOKEN } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

const pem = (type: "ec" | "rsa", curve = "prime256v1") => {
  const options = {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  };
  const pair =
    type === "ec"
      ? generateKeyPairSync("ec", { namedCurve: curve, ...(options as object) } as never)
      : generateKeyPairSync("rsa", { modulusLength: 2048, ...(options as object) } as never);
  return (pair as unknown as { privateKey: string }).privateKey;
};

const IDS = ["--key-id", "ABC123DEFG", "--team-id", "DEF123GHIJ"];
const KEY = ["--key-file", "good.p8", ...IDS];
const TARGET = ["--target", "sandbox", "--topic", "com.example.app"];
const SEND = ["send", TOKEN, "--body", "x"];

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  /** What the one line says. */
  readonly says: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

const file = (name: string, ...more: string[]) => ["send-file", name, ...KEY, ...TARGET, ...more];

const CASES: readonly Case[] = [
  // The command line
  { name: "an unknown command", args: ["sent"], code: 2, says: /unknown command 'sent'.*send/ },
  {
    name: "an unknown flag",
    args: [...SEND, "--titel", "x"],
    code: 2,
    says: /unknown option '--titel'.*--title/,
  },
  {
    name: "a flag without its value",
    args: [...SEND, "--title"],
    code: 2,
    says: /--title <text>.*argument missing/,
  },
  { name: "no device token", args: ["send"], code: 2, says: /missing required argument 'token'/ },
  { name: "an argument too many", args: ["reasons", "a", "b"], code: 2, says: /too many arguments/ },
  {
    name: "a priority that is none",
    args: [...SEND, "--priority", "7"],
    code: 2,
    says: /--priority.*1, 5 or 10/,
  },
  {
    name: "a negative badge",
    args: [...SEND, "--badge", "-1"],
    code: 2,
    says: /--badge.*whole number from 0/,
  },
  {
    name: "an expiration that is none",
    args: [...SEND, "--expiration", "soon"],
    code: 2,
    says: /--expiration.*1h/,
  },
  { name: "a rate of nothing", args: file("good.ndjson", "--rate", "0"), code: 2, says: /--rate.*above 0/ },
  {
    name: "an event that is none",
    args: ["send", TOKEN, "--event", "begin"],
    code: 2,
    says: /--event.*start, update, end/,
  },
  { name: "no target", args: [...SEND, ...KEY], code: 2, says: /no target: give --target/ },
  {
    name: "a target that is none",
    args: [...SEND, ...KEY, "--target", "prod"],
    code: 2,
    says: /--target "prod": must be production/,
  },
  {
    name: "an origin without TLS",
    args: [...SEND, ...KEY, "--target", "http://a.b"],
    code: 2,
    says: /--target.*must be https:/,
  },
  {
    name: "two uses of stdin",
    args: [...SEND, ...TARGET, "--key-file", "-", ...IDS, "--passphrase-file", "-"],
    code: 2,
    says: /--key-file and --passphrase-file cannot both read stdin|goes with a certificate/,
  },
  {
    name: "key and payload from stdin",
    args: ["send", TOKEN, ...TARGET, "--key-file", "-", ...IDS, "--payload", "-"],
    code: 2,
    says: /--key-file and --payload cannot both read stdin/,
  },
  {
    name: "a password in a flag",
    args: [...SEND, ...KEY, ...TARGET, "--proxy", "http://u:secret@p"],
    code: 2,
    says: /^(?!.*secret).*--proxy.*APNSKIT_PROXY/,
  },
  // Device tokens and notifications
  {
    name: "a device token with spaces",
    args: ["send", "00fc 13ad", ...KEY, ...TARGET, "--body", "x"],
    code: 2,
    says: /token 1: .*digits are in groups/,
  },
  {
    name: "a device token of odd length",
    args: ["send", TOKEN, "abc", ...KEY, ...TARGET, "--body", "x"],
    code: 2,
    says: /token 2: /,
  },
  {
    name: "a notification without content",
    args: ["send", TOKEN, ...KEY, ...TARGET],
    code: 2,
    says: /alert, badge or sound/,
  },
  {
    name: "a payload over the limit",
    args: ["send", TOKEN, ...KEY, ...TARGET, "--body", "x".repeat(5000)],
    code: 2,
    says: /payload: .*4096/,
  },
  {
    name: "an alert in a background push",
    args: [...SEND, "--push-type", "background", ...KEY, ...TARGET],
    code: 2,
    says: /--body does not go with --push-type background/,
  },
  {
    name: "data that is not JSON",
    args: [...SEND, "--data", "a:={secret", ...KEY, ...TARGET],
    code: 2,
    says: /^(?!.*secret).*--data: .*a:= must be JSON/,
  },
  {
    name: "data without a key",
    args: [...SEND, "--data", "=x", ...KEY, ...TARGET],
    code: 2,
    says: /--data: .*key=text/,
  },
  {
    name: "a payload file that is missing",
    args: ["send", TOKEN, "--payload", "none.json", ...KEY, ...TARGET],
    code: 2,
    says: /--payload none\.json: there is no such file/,
  },
  {
    name: "a payload that is not JSON",
    args: ["send", TOKEN, "--payload", "broken.json", ...KEY, ...TARGET],
    code: 2,
    says: /--payload broken\.json: not JSON \(line 2, column \d+\)/,
  },
  {
    name: "a payload that is an array",
    args: ["send", TOKEN, "--payload", "array.json", ...KEY, ...TARGET],
    code: 2,
    says: /must be a JSON object, not an array/,
  },
  {
    name: "a payload beside texts",
    args: [...SEND, "--payload", "array.json", ...KEY, ...TARGET],
    code: 2,
    says: /--body does not go with --payload/,
  },
  {
    name: "an id for two devices",
    args: ["send", TOKEN, OTHER, "--body", "x", "--id", "x", ...KEY, ...TARGET],
    code: 2,
    says: /--id names one notification/,
  },
  {
    name: "a collapse id of 65 bytes",
    args: [...SEND, "--collapse-id", "x".repeat(65), ...KEY, ...TARGET],
    code: 2,
    says: /collapseId.*64/,
  },
  {
    name: "a Live Activity without state",
    args: ["send", TOKEN, "--event", "update", ...KEY, ...TARGET],
    code: 2,
    says: /--state is needed/,
  },
  // Credentials
  { name: "no credentials", args: [...SEND, ...TARGET], code: 4, says: /no credentials: give --key-file/ },
  {
    name: "a key that is missing",
    args: [...SEND, ...TARGET, "--key-file", "none.p8", ...IDS],
    code: 4,
    says: /--key-file none\.p8: there is no such file/,
  },
  {
    name: "a key that is a folder",
    args: [...SEND, ...TARGET, "--key-file", ".", ...IDS],
    code: 4,
    says: /--key-file \.: this is a folder/,
  },
  {
    name: "an empty key",
    args: [...SEND, ...TARGET, "--key-file", "empty", ...IDS],
    code: 4,
    says: /--key-file empty: the file is empty/,
  },
  {
    name: "a key that is no PEM",
    args: [...SEND, ...TARGET, "--key-file", "broken.json", ...IDS],
    code: 4,
    says: /--key-file broken\.json: .*not PEM/,
  },
  {
    name: "an RSA key",
    args: [...SEND, ...TARGET, "--key-file", "rsa.p8", ...IDS],
    code: 4,
    says: /--key-file rsa\.p8: .*P-256.*rsa/,
  },
  {
    name: "a key on another curve",
    args: [...SEND, ...TARGET, "--key-file", "p384.p8", ...IDS],
    code: 4,
    says: /P-256.*secp384r1/,
  },
  {
    name: "a key without its id",
    args: [...SEND, ...TARGET, "--key-file", "good.p8"],
    code: 4,
    says: /--key-file gives a key without its id/,
  },
  {
    name: "a key id of nine characters",
    args: [...SEND, ...TARGET, "--key-file", "good.p8", "--key-id", "ABC123DEF", "--team-id", "DEF123GHIJ"],
    code: 4,
    says: /--key-id: .*10 letters and digits/,
  },
  {
    name: "a team id in the environment that is none",
    args: [...SEND, ...TARGET, "--key-file", "good.p8", "--key-id", "ABC123DEFG"],
    env: { APNSKIT_TEAM_ID: "x" },
    code: 4,
    says: /APNSKIT_TEAM_ID: /,
  },
  {
    name: "a key and a certificate",
    args: [...SEND, ...KEY, ...TARGET, "--certificate", "cert.pem"],
    code: 4,
    says: /--key-file gives a key and --certificate a certificate/,
  },
  {
    name: "a certificate without its key",
    args: [...SEND, ...TARGET, "--certificate", "cert.pem"],
    code: 4,
    says: /--certificate.*no private key/,
  },
  {
    name: "another certificate's key",
    args: [...SEND, ...TARGET, "--certificate", "cert.pem", "--certificate-key", "rsa.p8"],
    code: 4,
    says: /--certificate.*does not belong/,
  },
  {
    name: "a certificate that is no certificate",
    args: ["certificate", "broken.json"],
    code: 4,
    says: /certificate|broken\.json/,
  },
  {
    name: "a key in the environment that is none",
    args: [...SEND, ...TARGET],
    env: { APNSKIT_KEY: "secret", APNSKIT_KEY_ID: "ABC123DEFG", APNSKIT_TEAM_ID: "DEF123GHIJ" },
    code: 4,
    says: /^(?!.*secret).*APNSKIT_KEY: .*not PEM/,
  },
  {
    name: "an authority that is none",
    args: [...SEND, ...KEY, ...TARGET, "--ca", "broken.json"],
    code: 2,
    says: /--ca.*not a PEM certificate/,
  },
  // Profiles
  {
    name: "a profile that is missing",
    args: [...SEND, "--config", "config.json", "--profile", "prod"],
    code: 2,
    says: /--profile "prod": .*no such profile; it has dev/,
  },
  {
    name: "a profile without a file",
    args: [...SEND, "--profile", "prod"],
    code: 2,
    says: /--profile prod: there is no configuration file/,
  },
  {
    name: "a secret in the file",
    args: [...SEND, "--config", "secret.json"],
    code: 2,
    says: /^(?!.*hunter2).*"passphrase" would be a secret/,
  },
  {
    name: "an unknown key in the file",
    args: [...SEND, "--config", "unknown.json"],
    code: 2,
    says: /unknown\.json: unknown key "keyfile"/,
  },
  {
    name: "a file that is not JSON",
    args: [...SEND, "--config", "broken.json"],
    code: 2,
    says: /broken\.json: not JSON/,
  },
  {
    name: "a variable that is not set",
    args: [...SEND, "--config", "env.json"],
    code: 4,
    says: /"keyFile" names the variable PUSH_KEY, which is not set/,
  },
  // Files
  {
    name: "a file that is missing",
    args: file("none.csv"),
    code: 2,
    says: /none\.csv: there is no such file/,
  },
  { name: "a folder for a file", args: file("."), code: 2, says: /this is a folder/ },
  { name: "an empty file", args: file("empty"), code: 2, says: /empty: the file is empty/ },
  {
    name: "a file in UTF-16",
    args: file("utf16.csv", "--template", "template.json"),
    code: 2,
    says: /UTF-16; save it as UTF-8/,
  },
  {
    name: "CSV without a template",
    args: file("good.csv"),
    code: 2,
    says: /good\.csv is read as csv, which needs --template/,
  },
  {
    name: "CSV without a token column",
    args: file("notoken.csv", "--template", "template.json"),
    code: 2,
    says: /notoken\.csv line 1: .*"token"/,
  },
  {
    name: "CSV without a column of the template",
    args: file("token.csv", "--template", "template.json"),
    code: 2,
    says: /template\.json: no column for \{\{name\}\}; the columns are token/,
  },
  {
    name: "CSV with a column twice",
    args: file("twice.csv", "--template", "template.json"),
    code: 2,
    says: /"name" comes twice/,
  },
  {
    name: "a template that is missing",
    args: file("good.csv", "--template", "none.json"),
    code: 2,
    says: /--template none\.json: there is no such file/,
  },
  {
    name: "a template without a payload",
    args: file("good.csv", "--template", "array.json"),
    code: 2,
    says: /--template array\.json: must be a JSON object/,
  },
  {
    name: "a template over the limit",
    args: file("tokens.txt", "--template", "long.json"),
    code: 2,
    says: /--template long\.json: .*4096/,
  },
  {
    name: "results that exist",
    args: ["send-file", "good.ndjson", "--results", "empty", "LIVE"],
    code: 2,
    says: /--results empty: the file exists; --append/,
  },
  {
    name: "results in a folder that is missing",
    args: ["send-file", "good.ndjson", "--results", "no/where", "LIVE"],
    code: 2,
    says: /--results no\/where: there is no such file/,
  },
  // Values that were hardly meant
  {
    name: "a flag in place of a text",
    args: ["send", TOKEN, "--body", "--badge", ...KEY, ...TARGET],
    code: 2,
    says: /--body.*'--badge'.*value is missing.*--body=--badge/,
  },
  { name: "an empty path", args: file("good.ndjson", "--results", ""), code: 2, says: /--results.*a path/ },
  { name: "an empty file name", args: file(""), code: 2, says: /'file'.*a path/ },
  { name: "a fast rate", args: file("good.ndjson", "--rate", "1e9"), code: 2, says: /--rate.*1000000/ },
  {
    name: "a negative concurrency",
    args: file("good.ndjson", "--concurrency", "-1"),
    code: 2,
    says: /--concurrency.*from 1/,
  },
  {
    name: "a limit that is none",
    args: file("good.ndjson", "--limit", "abc"),
    code: 2,
    says: /--limit.*from 1/,
  },
  {
    name: "an expiration in the past by its word",
    args: [...SEND, "--expiration", "yesterday"],
    code: 2,
    says: /--expiration.*1h/,
  },
  {
    name: "an expiration after the end of time",
    args: [...SEND, "--expiration", "999999999d", ...KEY, ...TARGET],
    code: 2,
    says: /--expiration.*36500d/,
  },
  {
    name: "a fraction for a badge",
    args: [...SEND, "--badge", "1.5"],
    code: 2,
    says: /--badge.*whole number/,
  },
  {
    name: "data without a value",
    args: [...SEND, "--data", "k", ...KEY, ...TARGET],
    code: 2,
    says: /--data: .*key=text/,
  },
  {
    name: "JSON in place of a payload file",
    args: ["send", TOKEN, "--payload", "[]", ...KEY, ...TARGET],
    code: 2,
    says: /--payload \[\]: there is no such file/,
  },
  {
    name: "an empty push type",
    args: [...SEND, "--push-type", "", ...KEY, ...TARGET],
    code: 2,
    says: /--push-type must not be empty/,
  },
  {
    name: "a relevance of more than 1",
    args: [...SEND, "--relevance-score", "2", ...KEY, ...TARGET],
    code: 2,
    says: /--relevance-score.*0 … 1/,
  },
  {
    name: "a proxy that is none",
    args: [...SEND, "--proxy", "nope", ...KEY, ...TARGET],
    code: 2,
    says: /--proxy: /,
  },
  {
    name: "a device token of 63 digits",
    args: ["send", TOKEN.slice(1), "--body", "x", ...KEY, ...TARGET],
    code: 2,
    says: /token 1: .*63/,
  },
  {
    name: "a doctor's device token that is none",
    args: ["doctor", "--token", "xyz", ...KEY, ...TARGET],
    code: 2,
    says: /--token: /,
  },
  // More profiles
  {
    name: "a configuration that ends too early",
    args: [...SEND, "--config", "cut.json"],
    code: 2,
    says: /cut\.json: not JSON \(line 3, column 1\)/,
  },
  {
    name: "a configuration with a word that is none",
    args: [...SEND, "--config", "word.json"],
    code: 2,
    says: /word\.json: not JSON \(line 2, column 13\)/,
  },
  {
    name: "a configuration in UTF-16",
    args: [...SEND, "--config", "utf16.csv"],
    code: 2,
    says: /utf16\.csv: the file is UTF-16/,
  },
  {
    name: "an empty configuration",
    args: [...SEND, "--config", "empty"],
    code: 2,
    says: /empty: the file is empty/,
  },
  {
    name: "a number for a profile",
    args: [...SEND, "--config", "seven.json"],
    code: 2,
    says: /seven\.json: profile must be text/,
  },
  {
    name: "a gateway's configuration that is not JSON",
    args: ["legacy-gateway", "--config", "cut.json"],
    code: 2,
    says: /cut\.json: not JSON \(line 3/,
  },
  // More files
  {
    name: "a placeholder that is never closed",
    args: file("good.csv", "--template", "unclosed.json"),
    code: 2,
    says: /unclosed\.json: a \{\{ is never closed/,
  },
  {
    name: "a placeholder of an unknown kind",
    args: file("good.csv", "--template", "kind.json"),
    code: 2,
    says: /\{\{name:int\}\}.*number, boolean, json/,
  },
  {
    name: "a template without headers' values",
    args: file("good.csv", "--template", "headers.json"),
    code: 2,
    says: /headers\.json: headers must be a JSON object, not null/,
  },
  {
    name: "a header that is a number beside placeholders",
    args: file("good.csv", "--template", "number.json"),
    code: 2,
    says: /header "apns-priority" must be text/,
  },
  {
    name: "a template that is nested without end",
    args: file("good.csv", "--template", "deep.json"),
    code: 2,
    says: /deep\.json: .*nested deeper than 500/,
  },
  {
    name: "lines that end in CR alone",
    args: file("cr.csv", "--template", "template.json"),
    code: 2,
    says: /^(?!.*00fc13).*cr\.csv line 1: lines end in CR alone/,
  },
  { name: "UTF-16 without its mark", args: file("utf16.ndjson"), code: 2, says: /NUL bytes.*UTF-16/ },
  { name: "a JSON array", args: file("list.json"), code: 2, says: /JSON, but not NDJSON/ },
  { name: "a JSON object over several lines", args: file("pretty.ndjson"), code: 2, says: /not NDJSON/ },
  { name: "a spreadsheet", args: file("book.xlsx", "--template", "template.json"), code: 2, says: /CSV/ },
  { name: "a compressed file", args: file("list.csv.gz"), code: 2, says: /compressed.*gunzip/ },
  { name: "an empty stdin", args: file("-"), code: 2, says: /stdin: the file is empty/ },
  // What is written
  {
    name: "results into the input",
    args: ["send-file", "good.ndjson", "--results", "./good.ndjson", "--append", "LIVE"],
    code: 2,
    says: /--results \.\/good\.ndjson: the input is the same file/,
  },
  {
    name: "dead tokens into the authority",
    args: ["send-file", "good.ndjson", "--dead", "ca.pem", "--append", "LIVE"],
    code: 2,
    says: /--dead ca\.pem: --ca is the same file/,
  },
  {
    name: "one file for results and dead tokens",
    args: ["send-file", "good.ndjson", "--results", "both", "--dead", "./both", "LIVE"],
    code: 2,
    says: /--dead \.\/both: --results is the same file/,
  },
  {
    name: "a folder for results",
    args: ["send-file", "good.ndjson", "--results", ".", "LIVE"],
    code: 2,
    says: /--results \.: this is a folder/,
  },
  {
    name: "dead tokens into a file that exists, with a journal",
    args: ["send-file", "good.ndjson", "--journal", "--dead", "tokens.txt", "LIVE"],
    code: 2,
    says: /--dead tokens\.txt: the file exists; --append/,
  },
  {
    name: "a journal that is the file of results",
    args: ["send-file", "good.ndjson", "--journal", "new", "--results", "new", "LIVE"],
    code: 2,
    says: /--results new: --journal is the same file/,
  },
  {
    name: "a folder for a journal",
    args: ["campaign", "status", "."],
    code: 2,
    says: /\.: this is a folder, not a journal/,
  },
  {
    name: "a journal that is none",
    args: ["campaign", "status", "tokens.txt"],
    code: 2,
    says: /tokens\.txt is not a journal/,
  },
  {
    name: "a host that does not resolve",
    args: [...SEND, ...KEY, "--topic", "a.b", "--target", "https://no-such-host.invalid"],
    code: 3,
    says: /no-such-host\.invalid: .*does not resolve/,
  },
  // The network
  {
    name: "a target that is down",
    args: [...SEND, ...KEY, "--topic", "a.b", "--target", "https://127.0.0.1:1"],
    code: 3,
    says: /https:\/\/127\.0\.0\.1:1: .*apnskit doctor/,
  },
  {
    name: "a mock server that never ran",
    args: [...SEND, "--target", "mock"],
    env: { XDG_STATE_HOME: "/nowhere" },
    code: 3,
    says: /start one with apnskit mock/,
  },
  {
    name: "a server that is not trusted",
    args: [...SEND, "UNTRUSTED", ...KEY, "--topic", "a.b"],
    code: 3,
    says: /certificate|trust/i,
  },
  {
    name: "channels without a place",
    args: ["channels", "list", ...KEY, "--topic", "a.b", "--target", "https://127.0.0.1:1"],
    code: 2,
    says: /--management-origin/,
  },
  // Others
  {
    name: "a reason that is none",
    args: ["reasons", "BadToken"],
    code: 2,
    says: /unknown reason "BadToken"/,
  },
  {
    name: "a token that is none",
    args: ["token", "--decode", "-"],
    input: "secret",
    code: 2,
    says: /^(?!.*secret).*not a JSON Web Token/,
  },
  { name: "a shell that is none", args: ["complete", "csh"], code: 2, says: /zsh, bash, fish or powershell/ },
  {
    name: "a simulator without Xcode",
    args: ["simulator", "booted", "a.b", "--body", "x"],
    env: { PATH: "/nowhere" },
    code: 3,
    says: /xcrun is not on this machine.*--write/,
  },
  {
    name: "a port in use",
    args: ["mock", "--port", "BUSY", "--management-port", "0", "--control-port", "0"],
    code: 2,
    says: /could not be started/,
  },
];

describe("bad input ends with one line that says what and where, and the right exit code:", () => {
  let server: TestServer;
  let busy: Server;

  beforeAll(async () => {
    server = await TestServer.start(bench);
    busy = createServer().listen(0, "127.0.0.1");
    const { cert } = await server.mock.issueClientCertificate();
    bench.write("cert.pem", cert);
    bench.write("good.p8", pem("ec"));
    bench.write("p384.p8", pem("ec", "secp384r1"));
    bench.write("rsa.p8", pem("rsa"));
    bench.write("empty", "");
    bench.write("broken.json", '{"aps":\n {secret');
    bench.write("array.json", "[1]");
    bench.write("config.json", '{"profiles":{"dev":{}}}');
    bench.write("secret.json", '{"profiles":{"dev":{"passphrase":"hunter2"}}}');
    bench.write("unknown.json", '{"keyfile":"x"}');
    bench.write("env.json", '{"profiles":{"dev":{"keyFile":"env:PUSH_KEY","target":"sandbox"}}}');
    bench.write("template.json", '{"payload":{"aps":{"alert":"Hello {{name}}"}}}');
    bench.write("long.json", JSON.stringify({ payload: { aps: { alert: "x".repeat(5000) } } }));
    bench.write("cut.json", '{\n  "profiles": {\n');
    bench.write("word.json", '{"profiles":\n{"dev":{"a":foo}}}');
    bench.write("seven.json", '{"profile":7,"profiles":{"dev":{}}}');
    bench.write("unclosed.json", '{"payload":{"aps":{"alert":"Hello {{name"}}}');
    bench.write("kind.json", '{"payload":{"aps":{"badge":"{{name:int}}"}}}');
    bench.write("headers.json", '{"headers":null,"payload":{"aps":{"alert":"{{name}}"}}}');
    bench.write("number.json", '{"headers":{"apns-priority":5},"payload":{"aps":{"alert":"{{name}}"}}}');
    bench.write("deep.json", `{"payload":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`);
    bench.write("cr.csv", `token,name\r${TOKEN},Ada\r`);
    bench.write("utf16.ndjson", Buffer.from(`{"token":"${TOKEN}"}\n`, "utf16le"));
    bench.write("list.json", `[{"token":"${TOKEN}"}]\n`);
    bench.write("pretty.ndjson", `{\n"token":"${TOKEN}"\n}\n`);
    bench.write("book.xlsx", Buffer.from("PK\u0003\u0004\0\0", "latin1"));
    bench.write("list.csv.gz", Buffer.from("\u001f\u008b\b\0", "latin1"));
    bench.write("good.csv", `token,name\n${TOKEN},Ada\n`);
    bench.write("token.csv", `token\n${TOKEN}\n`);
    bench.write("notoken.csv", `device,name\n${TOKEN},Ada\n`);
    bench.write("twice.csv", `token,name,name\n${TOKEN},Ada,Ada\n`);
    bench.write("utf16.csv", Buffer.from(`\uFEFFtoken,name\n${TOKEN},Ada\n`, "utf16le"));
    bench.write("tokens.txt", `${TOKEN}\n`);
    bench.write("good.ndjson", `{"token":"${TOKEN}","payload":{"aps":{"alert":"x"}}}\n`);
  });
  afterAll(async () => {
    await server.mock.close();
    busy.close();
  });

  it.for(CASES)("$name", async ({ args, code, says, env = {}, input }, context) => {
    if (args[0] === "mock") context.skip(!mockServerIsBuilt, "the mock server's command is not built");
    const port = String((busy.address() as { port: number }).port);
    const words = args.flatMap((word) => {
      if (word === "LIVE") return server.flags;
      if (word === "UNTRUSTED") return ["--target", server.mock.origin];
      return word === "BUSY" ? [port] : [word];
    });
    const ended = await bench.run(words, { env, ...(input !== undefined && { input }) });
    expect(ended).toMatchObject({ code, stdout: "" });
    const lines = ended.stderr.trimEnd().split("\n");
    // The mock server's own command reports the error first.
    expect(lines.length).toBe(args[0] === "mock" ? 2 : 1);
    expect(lines.at(-1)).toMatch(/^apnskit/);
    expect(lines.join(" ")).toMatch(says);
  });

  it("leaves no file behind", () => {
    for (const name of ["both", "new", "good.ndjson.journal"])
      expect(existsSync(bench.path(name))).toBe(false);
  });

  it("has at least 40 of them", () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(40);
  });
});
