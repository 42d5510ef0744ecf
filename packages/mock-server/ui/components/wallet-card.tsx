import { useEffect, useState } from "preact/hooks";
import type { WalletItem } from "../../src/wallet/wallet-item.ts";
import { attempt, serverState } from "../app-state.ts";
import { controlApi } from "../control-api.ts";
import { passView } from "../state/pass.ts";

/** The passes that the device of a push shows now, if the server simulates that device. */
export function WalletCards({ token, type }: { token: string; type: string }) {
  const [items, setItems] = useState<readonly WalletItem[]>([]);
  const revision = serverState.value?.wallet;
  useEffect(() => {
    void attempt(async () => setItems(await controlApi.walletItems(token)));
  }, [token, revision]);
  return (
    <>
      {items
        .filter((item) => item.type === type)
        .map((item) => (
          <WalletCard key={item.id} item={item} />
        ))}
    </>
  );
}

function WalletCard({ item }: { item: WalletItem }) {
  const { title, description, background, foreground, fields, code, isVoid } = passView(item);
  return (
    <article class="pass" aria-label={`${item.kind} ${item.id}`} style={{ background, color: foreground }}>
      <header>
        <strong dir="auto">{title}</strong>
        <span>version {item.version}</span>
      </header>
      <p dir="auto">{description}</p>
      <dl>
        {fields.map(({ label, value }, at) => (
          <div key={`${at}${label}`}>
            <dt>{label}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {code !== undefined && <p class="pass-code">{code}</p>}
      {isVoid && <p class="pass-code">void</p>}
    </article>
  );
}
