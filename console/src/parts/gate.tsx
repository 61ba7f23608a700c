import { useEffect, useState } from "react";
import { dataOf, Failure, type Key, newAPI } from "../api/client";
import type { Settings } from "../app";
import type { Translate } from "../text/text";
import { explain } from "../text/text";
import { SettingsFields } from "./settings";

interface Props {
  t: Translate;
  settings: Settings;
  kept: string; // the key of this tab, which is tried first
  refused: boolean;
  open(text: string, key: Key): void;
}

/** Asks for the API key. */
export function Gate({ t, settings, kept, refused, open }: Props) {
  const [problem, setProblem] = useState(refused ? t("keyWrong") : "");
  const [busy, setBusy] = useState(kept !== "");

  async function check(text: string) {
    if (text === "") {
      setProblem(t("keyEmpty"));
      return;
    }
    setBusy(true);
    try {
      open(text, await dataOf(newAPI(text).GET("/api/v1/key")));
    } catch (err) {
      setProblem(err instanceof Failure && err.status === 401 ? t("keyWrong") : explain(t, err));
      setBusy(false);
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the kept key is tried once
  useEffect(() => {
    document.title = t("title");
    if (kept !== "") void check(kept);
  }, []);
  return (
    <main className="gate">
      <form
        className="card"
        aria-busy={busy}
        onSubmit={(e) => {
          e.preventDefault();
          const text = new FormData(e.currentTarget).get("key");
          void check(typeof text === "string" ? text.trim() : "");
        }}
      >
        <h1>{t("title")}</h1>
        <h2>{t("keyTitle")}</h2>
        <label>
          {t("keyLabel")}
          <input
            name="key"
            type="password"
            autoComplete="off"
            spellCheck={false}
            defaultValue={kept}
            // biome-ignore lint/a11y/noAutofocus: it is the only field
            autoFocus
            aria-describedby="key-help key-problem"
            aria-invalid={problem !== ""}
          />
        </label>
        <p id="key-help" className="muted small">
          {t("keyHelp")}
        </p>
        <p id="key-problem" className="problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="primary" disabled={busy}>
          {busy ? t("working") : t("keyOpen")}
        </button>
        <SettingsFields t={t} settings={settings} />
      </form>
    </main>
  );
}
