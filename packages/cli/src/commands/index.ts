import type { CommandDefinition } from "../definition.ts";
import { broadcast } from "./broadcast.ts";
import { campaign } from "./campaign.ts";
import { certificate } from "./certificate.ts";
import { channels } from "./channels.ts";
import { complete } from "./complete.ts";
import { doctor } from "./doctor.ts";
import { legacyGateway } from "./legacy-gateway.ts";
import { mock } from "./mock.ts";
import { reasons } from "./reasons.ts";
import { safari } from "./safari.ts";
import { send } from "./send.ts";
import { sendFile } from "./send-file.ts";
import { simulator } from "./simulator.ts";
import { token } from "./token.ts";
import { wallet } from "./wallet.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandDefinition<never>[] = [
  send,
  sendFile,
  campaign,
  doctor,
  token,
  certificate,
  channels,
  broadcast,
  mock,
  legacyGateway,
  simulator,
  wallet,
  safari,
  reasons,
  complete,
];
