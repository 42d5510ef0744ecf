import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { store, version } from "../app-state.ts";
import { surroundingsOf } from "../state/notification-centre.ts";
import { type NotificationPreview, previewOf } from "../state/preview.ts";
import type { Row } from "../state/row.ts";
import { ActivityCard } from "./activity-card.tsx";
import { CallScreen } from "./call-screen.tsx";
import { BannerScreen, LockScreen, WatchScreen } from "./notification-screens.tsx";
import { Prose } from "./prose.tsx";
import { WalletCards } from "./wallet-card.tsx";

const SCREENS = ["Lock screen", "Banner", "Watch"] as const;
type Screen = (typeof SCREENS)[number];

const screen = signal<Screen>("Lock screen");
const dark = signal<boolean | undefined>(undefined);

/** The push as a device would show it. */
export function DevicePreview({ row }: { row: Row }) {
  version.value;
  const preview = previewOf(row.entry, row.payload);
  const isShown = preview.kind === "notification" || preview.kind === "activity" || preview.kind === "call";
  return (
    <section class="card preview" aria-label="As on the device" data-scheme={scheme()}>
      {isShown && (
        <div class="card-head">
          <h3>As on the device</h3>
          {preview.kind === "notification" && (
            <fieldset class="segments small">
              <legend class="hidden">Screen</legend>
              {SCREENS.map((each) => (
                <button
                  key={each}
                  type="button"
                  aria-pressed={screen.value === each}
                  onClick={() => {
                    screen.value = each;
                  }}
                >
                  {each}
                </button>
              ))}
            </fieldset>
          )}
          <button
            type="button"
            class="quiet"
            aria-label="Light or dark device"
            title="Light or dark device"
            onClick={() => {
              dark.value = !isDark();
            }}
          >
            ◐
          </button>
        </div>
      )}
      {isShown && !row.entry.acted && <NotActed row={row} />}
      {preview.kind === "notification" && <Notification row={row} preview={preview} />}
      {preview.kind === "activity" && <ActivityCard row={row} preview={preview} />}
      {preview.kind === "call" && (
        <CallScreen caller={preview.caller} app={row.entry.topic ?? ""} note={preview.note} />
      )}
      {preview.kind === "nothing" && <Nothing because={preview.because} />}
      {preview.kind === "wallet" && (
        <>
          <Nothing because={preview.because} />
          <p class="muted">
            Pass type <code>{preview.passType}</code>
          </p>
          {row.entry.token !== "" && <WalletCards token={row.entry.token} type={preview.passType} />}
        </>
      )}
    </section>
  );
}

function Notification({ row, preview }: { row: Row; preview: NotificationPreview }) {
  // Depends on earlier pushes only, so one computation per push is enough.
  const surroundings = useMemo(() => surroundingsOf(row, store.rows), [row]);
  const { sound, badge, threadId, category, level, relevance, mutable, hasText } = preview;
  const at = row.entry.arrivedAt;
  return (
    <>
      {hasText ? (
        screen.value === "Lock screen" ? (
          <LockScreen preview={preview} at={at} grouped={surroundings.grouped} />
        ) : screen.value === "Banner" ? (
          <BannerScreen preview={preview} />
        ) : (
          <WatchScreen preview={preview} />
        )
      ) : (
        <p class="no-text">
          No text, so no banner{badge === undefined ? "" : `; the badge of the app's icon becomes ${badge}`}
          {sound === undefined ? "" : "; the sound is played"}.
        </p>
      )}
      <ul class="preview-facts">
        <li>{sound === undefined ? "Silent" : `Sound: ${sound}`}</li>
        {badge !== undefined && <li>{badge === 0 ? "Badge removed" : `Badge ${badge}`}</li>}
        {level === "passive" && <li>Passive: goes to the list, the screen stays dark</li>}
        {level === "time-sensitive" && <li>Time sensitive: breaks through most Focuses</li>}
        {level === "critical" && <li>Critical: sounds even when the device is muted</li>}
        {threadId !== undefined && <li>Thread {threadId}</li>}
        {surroundings.grouped > 0 && <li>Grouped with {surroundings.grouped} earlier</li>}
        {surroundings.replaces && <li>Replaces #{surroundings.replaces.id}, which has its collapse id</li>}
        {category !== undefined && <li>Actions of category {category}</li>}
        {relevance !== undefined && <li>Relevance {relevance}</li>}
        {mutable && <li>The app's extension may change the notification and add an image</li>}
      </ul>
    </>
  );
}

function NotActed({ row }: { row: Row }) {
  const { settledAt, status, reason } = row.entry;
  const why =
    settledAt === undefined
      ? "The push waits for its answer. The device would show this"
      : `The push never reached the device${status === undefined ? "" : ` (${status}${reason ? ` ${reason}` : ""})`}. The device would have shown this`;
  return <p class="not-acted">{why}.</p>;
}

function Nothing({ because }: { because: string }) {
  return (
    <div class="nothing">
      <span class="nothing-sign" aria-hidden="true">
        ∅
      </span>
      <p>
        <strong>Nothing is shown</strong>, because <Prose text={because} />
      </p>
    </div>
  );
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  if (dark.value !== undefined) return dark.value;
  return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function scheme(): string | undefined {
  return dark.value === undefined ? undefined : dark.value ? "dark" : "light";
}
