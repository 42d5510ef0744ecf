import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds within which the server reports a change. Before that, it may still report the old value. */
const TOLD_WITHIN = 1_500;

/**
 * A value that the server reports and the user can change. The page shows the user's choice at once. After
 * the server has had time to report the change, the page shows the server's value again.
 *
 * @returns the value to show, and a function to choose another value. Its task resolves to whether the server
 *   accepted the choice.
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
