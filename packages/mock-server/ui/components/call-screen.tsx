import { appName } from "../state/preview.ts";
import { AppIcon } from "./app-icon.tsx";

/** A VoIP push: the call that the app reports. */
export function CallScreen({ caller, app, note }: { caller: string; app: string; note: string }) {
  const name = appName(app);
  return (
    <>
      <div class="phone call">
        <AppIcon app={name} />
        <p class="call-caller" dir="auto">
          {caller}
        </p>
        <p class="call-app">{name} Audio</p>
        <div class="call-buttons" aria-hidden="true">
          <span class="decline">✕</span>
          <span class="accept">✓</span>
        </div>
      </div>
      <ul class="preview-facts">
        <li>{note}</li>
        <li>The system terminates an app that reports no call</li>
      </ul>
    </>
  );
}
