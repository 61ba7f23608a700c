import { useState } from "preact/hooks";
import { newIdempotencyKey, type Reservation } from "./api";
import { explain, usePage } from "./context";
import { countdown, unknown } from "./format";
import type { Inventory } from "./inventory";

export function Reservations({ inventory, now }: { inventory: Inventory; now: number }) {
  const { t, figure } = usePage();
  const { list, total } = inventory.pending ?? { list: [], total: 0 };
  return (
    <section class="card" aria-labelledby="pending-title">
      <div class="card-head">
        <h2 id="pending-title">{t("pending")}</h2>
        <span class="count">{inventory.pending === null ? unknown : figure(total)}</span>
      </div>
      {inventory.pending === null && (
        <p class="empty" aria-busy="true">
          {t("working")}
        </p>
      )}
      {inventory.pending !== null && total === 0 && <p class="empty">{t("emptyPending")}</p>}
      {list.length < total && (
        <p class="muted part">{t("pendingPart", { n: figure(list.length), total: figure(total) })}</p>
      )}
      <ul class="list scroll" tabIndex={list.length > 5 ? 0 : -1} aria-labelledby="pending-title">
        {list.map((r) => (
          <Item key={r.id} reservation={r} name={inventory.names.get(r.product_id) ?? unknown} now={now} />
        ))}
      </ul>
    </section>
  );
}

const soonEnds = 60_000;

function Item({ reservation: r, name, now }: { reservation: Reservation; name: string; now: number }) {
  const { client, t, say, refresh } = usePage();
  const [busy, setBusy] = useState(false);
  const [key] = useState(newIdempotencyKey);
  const whole = Math.max(1, Date.parse(r.expires_at) - Date.parse(r.created_at));
  const left = Math.min(whole, Math.max(0, Date.parse(r.expires_at) - now));
  const what = `${r.quantity} × ${name}, ${r.customer_id}`;

  async function finish(how: "confirm" | "cancel") {
    setBusy(true);
    try {
      await client.send("POST", `/reservations/${encodeURIComponent(r.id)}/${how}`, how === "cancel" ? {} : undefined, {
        "Idempotency-Key": `${how}-${key}`,
      });
      say(how === "confirm" ? t("confirmed") : t("cancelled"));
    } catch (err) {
      say(explain(t, err), true);
    }
    setBusy(false);
    refresh();
  }

  return (
    <li class="reservation" data-reservation={r.id}>
      <div class="what">
        <span class="name">
          {r.quantity} × {name}
        </span>
        <span class="muted small">
          {r.customer_id} · {r.store_id}
        </span>
      </div>
      <time
        class={`countdown${left < soonEnds ? " soon" : ""}`}
        dateTime={r.expires_at}
        aria-label={t("remaining", { time: countdown(left) })}
      >
        {left === 0 ? t("expired") : countdown(left)}
      </time>
      <svg class="bar thin" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-back" width="100" height="10" />
        <rect
          class={left < soonEnds ? "bar-soon" : "bar-reserved"}
          width={Math.min(100, (100 * left) / whole)}
          height="10"
        />
      </svg>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={busy || left === 0}
          onClick={() => void finish("confirm")}
          aria-label={t("confirmOf", { what })}
        >
          {t("confirm")}
        </button>
        <button
          type="button"
          class="quiet"
          disabled={busy || left === 0}
          onClick={() => void finish("cancel")}
          aria-label={t("cancelOf", { what })}
        >
          {t("cancel")}
        </button>
      </div>
    </li>
  );
}
