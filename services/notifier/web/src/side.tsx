// What stands beside the stock: activity, the live events, the system's health.
import { useEffect, useRef, useState } from "preact/hooks";
import { Failure, newIdempotencyKey, type System } from "./api";
import { explain, unknown, usePage } from "./context";
import type { Text } from "./i18n";
import type { Inventory, SeenEvent } from "./inventory";

const minutes = 30;

export function Activity({ inventory, now }: { inventory: Inventory; now: number }) {
  const { t } = usePage();
  const last = Math.floor(now / 60_000);
  const columns = Array.from({ length: minutes }, (_, i) => inventory.activity.get(last - minutes + 1 + i) ?? { reservations: 0, sales: 0 });
  const most = Math.max(4, ...columns.map((c) => Math.max(c.reservations, c.sales)));
  const sum = (of: "reservations" | "sales") => columns.reduce((n, c) => n + c[of], 0);
  const height = (n: number) => (n / most) * 38;
  const line = columns.map((c, i) => `${i * 10 + 5},${39 - height(c.sales)}`).join(" ");
  return (
    <section class="card activity" aria-labelledby="activity-title">
      <div class="card-head">
        <h2 id="activity-title">{t("activity")}</h2>
        <span class="muted small">{t("perMinute")}</span>
      </div>
      <svg class="spark" viewBox="0 0 300 40" preserveAspectRatio="none" role="img"
        aria-label={t("activityLabel", { reservations: sum("reservations"), sales: sum("sales") })}>
        <line class="spark-base" x1="0" x2="300" y1="39.5" y2="39.5" />
        {columns.map((c, i) => (
          <rect key={i} class="spark-reservations" x={i * 10 + 1} width="8" y={39 - height(c.reservations)} height={height(c.reservations)} />
        ))}
        <polyline class="spark-sales" points={line} />
      </svg>
      <div class="legend small">
        <span><svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><rect class="spark-reservations" width="10" height="10" rx="2" /></svg>{t("reservations")} <strong>{sum("reservations")}</strong></span>
        <span><svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><rect class="spark-dot" y="3" width="10" height="4" rx="2" /></svg>{t("sales")} <strong>{sum("sales")}</strong></span>
      </div>
    </section>
  );
}

const filters: [string, Text][] = [
  ["", "allEvents"],
  ["stock.", "stockEvents"],
  ["reservation.", "reservationEvents"],
  ["product.", "productEvents"],
  ["stock.low", "lowEvents"],
  ["alert.", "alertEvents"],
];

export function Feed({ inventory, store }: { inventory: Inventory; store: string }) {
  const { t, language } = usePage();
  const [filter, setFilter] = useState("");
  const events = inventory.events.filter((e) => e.event_type.startsWith(filter) && concerns(e, store));
  return (
    <section class="card" aria-labelledby="feed-title">
      <div class="card-head">
        <h2 id="feed-title">{t("feed")}</h2>
        <select value={filter} onChange={(e) => setFilter(e.currentTarget.value)} aria-label={t("filterEvents")}>
          {filters.map(([prefix, text]) => <option key={prefix} value={prefix}>{t(text)}</option>)}
        </select>
      </div>
      {events.length === 0 && <p class="empty">{t("feedEmpty")}</p>}
      <ol class="list feed scroll" tabIndex={0} aria-labelledby="feed-title">
        {events.map((e) => (
          <li key={e.id}>
            <time class="muted small mono" dateTime={e.created_at}>{new Date(e.created_at).toLocaleTimeString(language)}</time>
            <span class={`badge ${badge(e.event_type)}`}>{e.event_type}</span>
            <span class="small detail">{sentence(e, inventory.names)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

// concerns reports whether an event is of the chosen store, "" meaning all.
function concerns(e: SeenEvent, store: string): boolean {
  const stores = [e.store_id, e.payload["from_store"], e.payload["to_store"]].filter((s) => s !== undefined);
  return store === "" || stores.length === 0 || stores.includes(store);
}

function badge(type: string): string {
  if (type === "stock.low" || type === "reservation.expired" || type === "alert.raised") return "warn";
  if (type === "reservation.confirmed") return "good";
  return type.startsWith("reservation.") || type === "stock.reserved" ? "hold" : "plain";
}

// sentence tells an event in short, without words that need translating.
function sentence(e: SeenEvent, names: ReadonlyMap<string, string>): string {
  const p = e.payload;
  const text = (field: string) => (p[field] === undefined || p[field] === "" ? "" : String(p[field]));
  if (e.event_type === "alert.raised") return [`${text("count")} × ${text("event_type")}`, e.store_id ?? "", text("rule_name")].join(" · ");
  const product = text("product_id") || e.aggregate_id;
  const name = names.get(product) ?? (text("name") || text("sku") || unknown);
  const amount = p["change"] === undefined ? text("quantity") || text("available") : (Number(p["change"]) > 0 ? "+" : "") + text("change");
  const where = p["from_store"] === undefined ? (e.store_id ?? "") : `${text("from_store")} → ${text("to_store")}`;
  return [amount && `${amount} × ${name}`, amount === "" ? name : "", where, text("customer_id"), text("reason")].filter((s) => s !== "").join(" · ");
}

const healthInterval = 5000;

export function Health() {
  const { client, t, say } = usePage();
  const [system, setSystem] = useState<System | null>(null);
  const [silent, setSilent] = useState(false); // the last look was not answered
  const keys = useRef(new Map<string, string>()); // idempotency keys by dead letter

  async function look() {
    try {
      setSystem(await readSystem(() => client.get<System>("/system")));
      setSilent(false);
    } catch (err) {
      setSilent(true);
      throw err;
    }
  }
  useEffect(() => {
    const again = () => void look().catch(() => undefined);
    again();
    const timer = setInterval(again, healthInterval);
    return () => clearInterval(timer);
  }, [client]);

  async function replay(id: string) {
    const key = keys.current.get(id) ?? newIdempotencyKey();
    keys.current.set(id, key);
    try {
      await client.call("POST", `/system/dead-letters/${encodeURIComponent(id)}/replay`, undefined, { "Idempotency-Key": key });
      say(t("replayed"));
      await look();
    } catch (err) {
      say(explain(t, err), true);
    }
  }

  return (
    <section class="card health" aria-labelledby="health-title">
      <div class="card-head"><h2 id="health-title">{t("health")}</h2></div>
      {system === null && !silent && <p class="empty" aria-busy="true">{t("working")}</p>}
      {silent && <p class="empty" role="status">{t("healthUnknown")}</p>}
      <ul class="list">
        {!silent && system?.services.map((s) => (
          <li key={s.service} class="service">
            <span class={`lamp ${s.status === "healthy" ? "good" : "bad"}`} aria-hidden="true" />
            <span class="name">{s.service}</span>
            <span class="small muted">
              {s.status === "healthy" ? t("healthy") : s.status} · {s.pending_events} {t("pendingEvents")} · {t("broker")} {s.broker} · {t("database")} {s.database}
            </span>
          </li>
        ))}
        {!silent && system?.groups.map((g) => (
          <li key={g.group} class="service">
            <span class={`lamp ${g.members > 0 ? "good" : "bad"}`} aria-hidden="true" />
            <span class="name">{g.group}</span>
            <span class="small muted">{t("group")} · {t("lag", { n: g.lag })} · {t("members", { n: g.members })}</span>
          </li>
        ))}
      </ul>
      {!silent && system !== null && system.groups.length > 0 && (
        <>
          <h3>{t("deadLetters")} <span class="count">{system.dead_letters_total}</span></h3>
          {system.dead_letters.length === 0 && <p class="muted small">{t("noDeadLetters")}</p>}
          <ul class="list">
            {system.dead_letters.map((d) => (
              <li key={d.id} class="letter">
                <span class="small detail">{d.group} · {d.reason} · {t("attempts", { n: d.attempts })}</span>
                <button type="button" class="quiet" onClick={() => void replay(d.id)} aria-label={t("replayOf", { what: d.event_id })}>{t("replay")}</button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

// readSystem falls back to the health that every server tells to everybody,
// where the key may not see more.
async function readSystem(full: () => Promise<System>): Promise<System> {
  try {
    return await full();
  } catch (err) {
    if (!(err instanceof Failure) || (err.status !== 404 && err.status !== 403)) throw err;
  }
  const answer = await fetch("/health", { cache: "no-store" });
  const health = (await answer.json()) as System["services"][number];
  return { services: [health], groups: [], dead_letters: [], dead_letters_total: 0 };
}
