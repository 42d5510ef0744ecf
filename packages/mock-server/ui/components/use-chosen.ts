import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds in which the server tells what was changed; until then it may still tell what was before. */
const TOLD_WITHIN = 1_500;

/**
 * A value that the server tells, and that the user may change: what was chosen is shown at once, and what the server
 * tells again once it has had the time to.
 *
 * @returns what to show, and how to choose; the task says whether the server did it
 */
export function useChosen<Value>(told: Value): [Value, (value: Value, task: () => Promise<boolean>) => void] {
  const [chosen, setChosen] = useState<{ readonly value: Value }>();
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const choose = (value: Value, task: () => Promise<boolean>): void => {
    window.clearTimeout(timer.current);
    const choice = { value };
    const forget = () => setChosen((now) => (now === choice ? undefined : now));
    setChosen(choice);
    void task().then((isDone) => {
      if (isDone) timer.current = window.setTimeout(forget, TOLD_WITHIN);
      else forget();
    });
  };
  return [chosen ? chosen.value : told, choose];
}
