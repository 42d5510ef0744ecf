import type { RateStore } from "../../rate/rate-store.ts";
import type { RedisScripts, Script } from "./redis-scripts.ts";

// The generic cell rate algorithm: all that is kept is the time at which everything taken so far has had its turn.
const TAKE: Script = {
  name: "apnskitTakeRate",
  numberOfKeys: 1,
  lua: `
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local interval = 1000 / tonumber(ARGV[2])
local from = math.max(now, tonumber(redis.call("GET", KEYS[1]) or "0"))
local to = from + tonumber(ARGV[1]) * interval
redis.call("SET", KEYS[1], string.format("%.3f", to), "PX", math.ceil(to - now) + 1000)
return tostring(math.max(0, math.ceil(to - tonumber(ARGV[3]) * interval - now)))`,
};

/** Rates in Redis: one number for each name, gone a second after its last use. */
export class RedisRateStore implements RateStore {
  readonly #scripts: RedisScripts;
  readonly #prefix: string;

  constructor(scripts: RedisScripts, prefix: string) {
    this.#scripts = scripts;
    this.#prefix = prefix;
  }

  async take(name: string, count: number, perSecond: number, burst: number): Promise<number> {
    return Number(await this.#scripts.run(TAKE, [`${this.#prefix}:rate:${name}`], [count, perSecond, burst]));
  }
}
