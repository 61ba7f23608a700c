import { useRef, useState } from "react";
import { newIdempotencyKey } from "../api/client";
import { useConsole } from "../console";
import { explain } from "../text/text";

/**
 * Sends a change once at a time. The same change sent again, after a response was
 * lost, has the same Idempotency-Key and so acts once.
 */
export function useSend() {
  const { t } = useConsole();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const attempt = useRef({ change: "", key: "" });
  const send = async (change: unknown, request: (key: string) => Promise<unknown>): Promise<boolean> => {
    const text = JSON.stringify(change);
    if (attempt.current.change !== text) attempt.current = { change: text, key: newIdempotencyKey() };
    setBusy(true);
    setProblem("");
    try {
      await request(attempt.current.key);
      attempt.current = { change: "", key: "" };
      return true;
    } catch (err) {
      setProblem(explain(t, err));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, send };
}
