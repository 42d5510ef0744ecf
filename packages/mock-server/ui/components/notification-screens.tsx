import type { AlertText } from "../state/alert-text.ts";
import type { NotificationPreview } from "../state/preview.ts";
import { AppIcon } from "./app-icon.tsx";

const dayText = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" });
const timeText = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit", hour12: false });

export function LockScreen({
  preview,
  at,
  grouped,
}: {
  preview: NotificationPreview;
  at: number;
  grouped: number;
}) {
  return (
    <div class="phone lock">
      <p class="lock-date">{dayText.format(at)}</p>
      <p class="lock-time">{timeText.format(at)}</p>
      <div class={`stack ${grouped > 0 ? "grouped" : ""} ${grouped > 1 ? "deep" : ""}`}>
        <Notification preview={preview} />
      </div>
      {grouped > 0 && <p class="lock-more">+{grouped} in this thread</p>}
    </div>
  );
}

export function BannerScreen({ preview }: { preview: NotificationPreview }) {
  return (
    <div class="phone banner">
      {preview.level === "passive" ? (
        <p class="no-text">A passive notification shows no banner.</p>
      ) : (
        <Notification preview={preview} />
      )}
      <div class="other-app" aria-hidden="true">
        <span />
        <span />
        <span />
        <span />
      </div>
    </div>
  );
}

export function WatchScreen({ preview }: { preview: NotificationPreview }) {
  const { app, title, subtitle, body } = preview;
  return (
    <div class="watch">
      <div class="watch-face">
        <AppIcon app={app} />
        <p class="watch-app">{app}</p>
        <p class="watch-title" dir="auto">
          <Text text={title ?? body} />
        </p>
        {subtitle && (
          <p dir="auto">
            <Text text={subtitle} />
          </p>
        )}
        {title && body && (
          <p class="watch-body" dir="auto">
            <Text text={body} />
          </p>
        )}
        <span class="watch-button" aria-hidden="true">
          Dismiss
        </span>
      </div>
    </div>
  );
}

function Notification({ preview }: { preview: NotificationPreview }) {
  const { app, title, subtitle, body, badge, level, mutable, action } = preview;
  return (
    <article class={`notification ${level}`}>
      <AppIcon app={app} badge={badge} />
      <div class="notification-text">
        {level === "time-sensitive" && <p class="level">Time Sensitive</p>}
        {level === "critical" && <p class="level">Critical Alert</p>}
        <p class="notification-title" dir="auto">
          {title ? <Text text={title} /> : app}
        </p>
        {subtitle && (
          <p class="notification-subtitle" dir="auto">
            <Text text={subtitle} />
          </p>
        )}
        {body && (
          <p class="notification-body" dir="auto">
            <Text text={body} />
          </p>
        )}
        {action !== undefined && <p class="notification-action">{action}</p>}
      </div>
      <span class="notification-end">
        <span class="notification-time">now</span>
        {mutable && (
          <span class="image-place" title="The app's extension may add an image here">
            image?
          </span>
        )}
      </span>
    </article>
  );
}

/** Renders a text. A key of the app's translations appears as a key, because only the app has its text. */
export function Text({ text }: { text: AlertText | undefined }) {
  if (text === undefined) return null;
  if (text.kind === "literal") return <>{text.text}</>;
  return (
    <span class="loc-key" title="The app's own translation of this key">
      {text.key}
      {text.args.length > 0 && <span class="loc-args"> {text.args.join(" · ")}</span>}
    </span>
  );
}
