import { defineCommand } from "../definition.ts";

export const complete = defineCommand({
  name: "complete",
  summary: "print the completion script of a shell",
  details: `bash: source <(apnskit complete bash)       zsh: source <(apnskit complete zsh)
fish: apnskit complete fish | source         PowerShell: apnskit complete powershell | Out-String | Invoke-Expression`,
  arguments: [{ name: "[shell...]", description: "zsh, bash, fish or powershell" }],
  passThrough: true,
  examples: [
    { line: "apnskit complete bash > /etc/bash_completion.d/apnskit", does: "completions for all users" },
  ],
  run: async (invocation) => (await import("../completion/complete.ts")).complete(invocation),
});
