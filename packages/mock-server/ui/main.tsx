import { render } from "preact";
import { start } from "./app-state.ts";
import { App } from "./components/app.tsx";

const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
start();
