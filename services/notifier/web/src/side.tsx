// The parts beside the stock: activity, the live events, the system's health.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Failure, newIdempotencyKey, type System } from "./api";
import { explain, usePage } from "./context";
import { concernsStore, eventBadge, eventSummary } from "./events";
import type { Text } from "./i18n";
import type { Inventory } from "./inventory";

const minutes = 30;

export function Activity({ inventory, now }: { inventory: Inventory; now: number }) {
  const { t } = usePage();
  const last = Math.floor(now / 60_000);
  const columns = Array.from(
    { length: minutes },
    (_, i) => inventory.activity.get(last - minutes + 1 + i) ?? { reservations: 0, sales: 0 },
  );
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
      <svg
        class="spark"
        viewBox="0 0 300 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={t("activityLabel", { reservations: sum("reservations"), sales: sum("sales") })}
      >
        <line class="spark-base" x1="0" x2="300" y1="39.5" y2="39.5" />
        {columns.map((c, i) => (
          <rect
            key={i}
            class="spark-reservations"
            x={i * 10 + 1}
            width="8"
            y={39 - height(c.reservations)}
            height={height(c.reservations)}
          />
        ))}
        <polyline class="spark-sales" points={line} />
      </svg>
      <div class="legend small">
        <span>
          <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
            <rect class="spark-reservations" width="10" height="10" rx="2" />
          </svg>
          {t("reservations")} <strong>{sum("reservations")}</strong>
        </span>
        <span>
          <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
            <rect class="spark-dot" y="3" width="10" height="4" rx="2" />
          </svg>
          {t("sales")} <strong>{sum("sales")}</strong>
        </span>
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
  const events = inventory.events.filter((e) => e.event_type.startsWith(filter) && concernsStore(e, store));
  return (
    <section class="card" aria-labelledby="feed-title">
      <div class="card-head">
        <h2 id="feed-title">{t("feed")}</h2>
        <select value={filter} onChange={(e) => setFilter(e.currentTarget.value)} aria-label={t("filterEvents")}>
          {filters.map(([prefix, text]) => (
            <option key={prefix} value={prefix}>
              {t(text)}
            </option>
          ))}
        </select>
      </div>
      {events.length === 0 && <p class="empty">{t("feedEmpty")}</p>}
      <ol class="list feed scroll" tabIndex={0} aria-labelledby="feed-title">
        {events.map((e) => (
          <li key={e.id}>
            <time class="muted small mono" dateTime={e.created_at}>
              {new Date(e.created_at).toLocaleTimeString(language)}
            </time>
            <span class={`badge ${eventBadge(e.event_type)}`}>{e.event_type}</span>
            <span class="small detail">{eventSummary(e, inventory.names)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const healthInterval = 5000;

export function Health() {
  const { client, t, say } = usePage();
  const [system, setSystem] = useState<System | null>(null);
  const [silent, setSilent] = useState(false); // the last request failed
  const keys = useRef(new Map<string, string>()); // idempotency keys by dead letter

  const load = useCallback(async () => {
    try {
      setSystem(await readSystem(() => client.get<System>("/system")));
      setSilent(false);
    } catch (err) {
      setSilent(true);
      throw err;
    }
  }, [client]);
  useEffect(() => {
    const reload = () => void load().catch(() => undefined);
    reload();
    const timer = setInterval(reload, healthInterval);
    return () => clearInterval(timer);
  }, [load]);

  async function replay(id: string) {
    const key = keys.current.get(id) ?? newIdempotencyKey();
    keys.current.set(id, key);
    try {
      await client.send("POST", `/system/dead-letters/${encodeURIComponent(id)}/replay`, undefined, {
        "Idempotency-Key": key,
      });
      say(t("replayed"));
      await load();
    } catch (err) {
      say(explain(t, err), true);
    }
  }

  return (
    <section class="card health" aria-labelledby="health-title">
      <div class="card-head">
        <h2 id="health-title">{t("health")}</h2>
      </div>
      {system === null && !silent && (
        <p class="empty" aria-busy="true">
          {t("working")}
        </p>
      )}
      {silent && (
        <p class="empty" role="status">
          {t("healthUnknown")}
        </p>
      )}
      <ul class="list">
        {!silent &&
          system?.services.map((s) => (
            <li key={s.service} class="service">
              <span class={`lamp ${s.status === "healthy" ? "good" : "bad"}`} aria-hidden="true" />
              <span class="name">{s.service}</span>
              <span class="small muted">
                {s.status === "healthy" ? t("healthy") : s.status} · {s.pending_events} {t("pendingEvents")} ·{" "}
                {t("broker")} {s.broker} · {t("database")} {s.database}
              </span>
            </li>
          ))}
        {!silent &&
          system?.groups.map((g) => (
            <li key={g.group} class="service">
              <span class={`lamp ${g.members > 0 ? "good" : "bad"}`} aria-hidden="true" />
              <span class="name">{g.group}</span>
              <span class="small muted">
                {t("group")} · {t("lag", { n: g.lag })} · {t("members", { n: g.members })}
              </span>
            </li>
          ))}
      </ul>
      {!silent && system !== null && system.groups.length > 0 && (
        <>
          <h3>
            {t("deadLetters")} <span class="count">{system.dead_letters_total}</span>
          </h3>
          {system.dead_letters.length === 0 && <p class="muted small">{t("noDeadLetters")}</p>}
          <ul class="list">
            {system.dead_letters.map((d) => (
              <li key={d.id} class="letter">
                <span class="small detail">
                  {d.group} · {d.reason} · {t("attempts", { n: d.attempts })}
                </span>
                <button
                  type="button"
                  class="quiet"
                  onClick={() => void replay(d.id)}
                  aria-label={t("replayOf", { what: d.event_id })}
                >
                  {t("replay")}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

// readSystem falls back to the public health of the server where the key may not
// see more.
async function readSystem(full: () => Promise<System>): Promise<System> {
  try {
    return await full();
  } catch (err) {
    if (!(err instanceof Failure) || (err.status !== 404 && err.status !== 403)) throw err;
  }
  const response = await fetch("/health", { cache: "no-store" });
  const health = (await response.json()) as System["services"][number];
  return { services: [health], groups: [], dead_letters: [], dead_letters_total: 0 };
}
