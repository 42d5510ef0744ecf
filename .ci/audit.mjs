// Asks the registry for known vulnerabilities of what is installed at run time. A registry that does not answer such
// questions has checked nothing: that is said, and ends with the code behind --skip-code (default 0).
import { spawnSync } from "node:child_process";
import process from "node:process";

const skipCode = Number(process.argv[process.argv.indexOf("--skip-code") + 1]) || 0;
const pnpm = process.env.npm_execpath;
const [command, before] = pnpm?.match(/\.[cm]?js$/) ? [process.execPath, [pnpm]] : ["npx", ["-y", "pnpm@10"]];
const { stdout, stderr } = spawnSync(command, [...before, "audit", "--prod", "--json"], { encoding: "utf8" });

let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = { error: { message: stderr || stdout || "pnpm audit said nothing" } };
}
if (report.error !== undefined || report.metadata?.vulnerabilities === undefined) {
  console.log(`audit: not checked: ${report.error?.message ?? "the answer has no counts"}`);
  process.exit(skipCode);
}
const found = Object.entries(report.metadata.vulnerabilities).filter(([, count]) => count > 0);
for (const { severity, module_name, title, url } of Object.values(report.advisories ?? {}))
  console.log(`audit: ${severity}: ${module_name}: ${title} (${url})`);
console.log(
  found.length === 0
    ? "audit: checked, nothing known"
    : `audit: ${found.map((one) => one.join(" ")).join(", ")}`,
);
process.exit(found.length === 0 ? 0 : 1);
