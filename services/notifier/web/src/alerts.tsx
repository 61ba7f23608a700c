// The alerts that the rules have raised.
import { useRef, useState } from "preact/hooks";
import { usePage } from "./context";
import { unknown } from "./format";
import type { Inventory } from "./inventory";
import { Rules } from "./rules";
import { keptAlerts, type SeenAlert } from "./state";

const dismissedKey = "inventory-dismissed-alerts";

function firstDismissed(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(dismissedKey) ?? "[]");
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

export function Alerts({ inventory, store }: { inventory: Inventory; store: string }) {
  const { t } = usePage();
  const [dismissed, setDismissed] = useState(firstDismissed);
  const [rules, setRules] = useState(false);
  const head = useRef<HTMLButtonElement>(null);
  const shown = (inventory.alerts ?? []).filter(
    (a) => !dismissed.includes(a.id) && (store === "" || a.store_id === store),
  );

  function dismiss(...ids: string[]) {
    const next = [...ids, ...dismissed].slice(0, 4 * keptAlerts);
    sessionStorage.setItem(dismissedKey, JSON.stringify(next));
    setDismissed(next);
    head.current?.focus(); // the button that has the focus is removed
  }
  return (
    <section class={`card alerts${shown.length === 0 ? " calm" : ""}`} aria-labelledby="alerts-title">
      <div class="card-head">
        <h2 id="alerts-title">
          {t("alerts")}
          {shown.length > 0 && <span class="count">{shown.length}</span>}
        </h2>
        {shown.length === 0 && (
          <span class="muted small">{inventory.alerts === null ? t("working") : t("noAlerts")}</span>
        )}
        <div class="actions end">
          {shown.length > 1 && (
            <button type="button" class="quiet" onClick={() => dismiss(...shown.map((a) => a.id))}>
              {t("dismissAll")}
            </button>
          )}
          <button type="button" class="quiet" ref={head} onClick={() => setRules(true)}>
            {t("rules")}
          </button>
        </div>
      </div>
      {shown.length > 0 && (
        <ul class="alert-list scroll" tabIndex={0} aria-labelledby="alerts-title">
          {shown.map((a) => (
            <Item key={a.id} alert={a} names={inventory.names} dismiss={() => dismiss(a.id)} />
          ))}
        </ul>
      )}
      <Announcer latest={inventory.alerts?.find((a) => a.live)} />
      {rules && <Rules close={() => setRules(false)} />}
    </section>
  );
}

const shownProducts = 3;

function Item({
  alert: a,
  names,
  dismiss,
}: {
  alert: SeenAlert;
  names: ReadonlyMap<string, string>;
  dismiss: () => void;
}) {
  const { t, language } = usePage();
  const products = [
    ...new Set(a.sample.map((s) => (s.product_id === "" ? "" : (names.get(s.product_id) ?? unknown)))),
  ].filter((p) => p !== "");
  const raised = new Date(a.raised_at);
  const today = raised.toDateString() === new Date().toDateString();
  return (
    <li class={`alert${a.live ? " fresh" : ""}`} data-alert={a.id}>
      <div class="what">
        <span class="name">
          {a.rule_name} · {a.store_id}
        </span>
        <span class="small">
          <time dateTime={a.raised_at}>
            {today ? raised.toLocaleTimeString(language) : raised.toLocaleString(language)}
          </time>
          {" · "}
          {t("alertEventCount", { n: a.count })}
        </span>
        <span class="small detail">
          {products.slice(0, shownProducts).join(", ")}
          {products.length > shownProducts ? " …" : ""}
        </span>
      </div>
      <button
        type="button"
        class="quiet"
        onClick={dismiss}
        aria-label={t("dismissOf", { what: `${a.rule_name}, ${a.store_id}` })}
      >
        {t("dismiss")}
      </button>
    </li>
  );
}

// Announcer reads out the latest alert that was raised while the page is open.
function Announcer({ latest }: { latest: SeenAlert | undefined }) {
  const { t } = usePage();
  return (
    <p class="hidden" aria-live="assertive">
      {latest && t("alertRead", { what: `${latest.rule_name}, ${latest.store_id}` })}
    </p>
  );
}
