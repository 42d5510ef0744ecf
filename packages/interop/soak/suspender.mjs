// A separate process that suspends its parent now and then, as a laptop's lid or a busy hypervisor does.
// Arguments: seed. It ends when its input ends, and resumes its parent first.
import { setTimeout as sleep } from "node:timers/promises";

/** Maximum milliseconds between two suspensions, and of one suspension. */
const EVERY = 6_000;
const LONGEST = 2_500;

const target = process.ppid;
let state = Number(process.argv[2]) >>> 0;
function next() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

function wake() {
  try {
    process.kill(target, "SIGCONT");
  } catch {
    // The parent has ended.
  }
}

process.stdin.resume().once("end", () => {
  wake();
  process.exit();
});
process.once("exit", wake);
for (let suspended = 1; ; suspended++) {
  await sleep(next() * EVERY);
  process.kill(target, "SIGSTOP");
  await sleep(next() * LONGEST);
  wake();
  process.stdout.write(`${suspended}\n`);
}
