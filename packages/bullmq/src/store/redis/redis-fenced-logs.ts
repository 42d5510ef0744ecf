import type { FencedLogs, TakenLog, Written } from "../../log/fenced-log.ts";
import { LogCorrupt } from "../errors.ts";
import type { RedisScripts, Script } from "./redis-scripts.ts";

// A new log begins with the time. So a removed log, or one that Redis has lost, never gives an old fence again.
const TAKE: Script = {
  name: "apnskitTakeLog",
  numberOfKeys: 2,
  lua: `
if redis.call("EXISTS", KEYS[1]) == 1 then
  redis.call("INCR", KEYS[1])
else
  local time = redis.call("TIME")
  redis.call("SET", KEYS[1], string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000)))
end
return { redis.call("GET", KEYS[1]), redis.call("LRANGE", KEYS[2], 0, -1) }`,
};

// Answers 1: written. 0: another owner. -1: the length differs.
const APPEND: Script = {
  name: "apnskitAppendLog",
  numberOfKeys: 2,
  lua: `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
local length = redis.call("LLEN", KEYS[2])
local expected = tonumber(ARGV[2])
if length == expected + #ARGV - 2 then return 1 end
if length ~= expected then return -1 end
for at = 3, #ARGV do redis.call("RPUSH", KEYS[2], ARGV[at]) end
return 1`,
};

const REWRITE: Script = {
  name: "apnskitRewriteLog",
  numberOfKeys: 2,
  lua: `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("DEL", KEYS[2])
for at = 2, #ARGV do redis.call("RPUSH", KEYS[2], ARGV[at]) end
return 1`,
};

const READ: Script = {
  name: "apnskitReadLog",
  numberOfKeys: 1,
  lua: `return redis.call("LRANGE", KEYS[1], 0, -1)`,
};

const REMOVE: Script = {
  name: "apnskitRemoveLog",
  numberOfKeys: 2,
  lua: `return redis.call("DEL", KEYS[1], KEYS[2])`,
};

/** Fenced logs in Redis: each is a number, the fence, and a list. Lua scripts compare and write in one step. */
export class RedisFencedLogs implements FencedLogs {
  readonly #scripts: RedisScripts;
  readonly #prefix: string;

  constructor(scripts: RedisScripts, prefix: string) {
    this.#scripts = scripts;
    this.#prefix = prefix;
  }

  async take(name: string): Promise<TakenLog> {
    const [fence, records] = (await this.#scripts.run(TAKE, this.#keys(name), [])) as [string, string[]];
    return { fence: Number(fence), records };
  }

  async append(name: string, fence: number, length: number, records: readonly string[]): Promise<Written> {
    const result = await this.#scripts.run(APPEND, this.#keys(name), [fence, length, ...records]);
    if (result === -1) throw new LogCorrupt(name);
    return result === 1 ? "written" : "stale";
  }

  async rewrite(name: string, fence: number, records: readonly string[]): Promise<Written> {
    const result = await this.#scripts.run(REWRITE, this.#keys(name), [fence, ...records]);
    return result === 1 ? "written" : "stale";
  }

  async read(names: readonly string[]): Promise<string[][]> {
    const reads = names.map((name) => this.#scripts.run(READ, [this.#keys(name)[1]], []));
    return (await Promise.all(reads)) as string[][];
  }

  async remove(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#scripts.run(REMOVE, this.#keys(name), [])));
  }

  /** Both keys of a log are on one node of a cluster. */
  #keys(name: string): [string, string] {
    const log = `${this.#prefix}:log:{${name}}`;
    return [`${log}:fence`, `${log}:records`];
  }
}
