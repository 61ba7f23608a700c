import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { newIdempotencyKey, type Row } from "./api";
import {
  changeRequest,
  type ChangeKind,
  changeKinds,
  numberField,
  quantityAfter,
  type Request,
  textField,
} from "./change";
import { explain, usePage } from "./context";
import { rowName } from "./format";

/** A modal dialog that is open while it is mounted. */
export function Dialog({ title, close, children }: { title: string; close?: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  // A layout effect runs before the browser paints, so the dialog knows which
  // element had the focus and returns it on closing.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby="dialog-title"
      onCancel={(e) => {
        e.preventDefault();
        close?.();
      }}
    >
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

// useSend sends the request of a form. A request that is repeated because no
// response came has the same idempotency key, so it acts once.
export function useSend(close: () => void) {
  const { client, t, say, refresh } = usePage();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const last = useRef({ text: "", key: "" });
  async function send(r: Request) {
    const text = JSON.stringify([r.method, r.path, r.body]);
    if (last.current.text !== text) last.current = { text, key: newIdempotencyKey() };
    const once: Record<string, string> = r.method === "POST" ? { "Idempotency-Key": last.current.key } : {};
    setBusy(true);
    setProblem("");
    try {
      await client.send(r.method, r.path, r.body, { ...once, ...r.headers });
      say(r.done);
      close();
    } catch (err) {
      setProblem(explain(t, err));
      setBusy(false);
    }
    refresh();
  }
  return { send, busy, problem };
}

export function Buttons({
  busy,
  problem,
  close,
  save,
}: {
  busy: boolean;
  problem: string;
  close: () => void;
  save: string;
}) {
  const { t } = usePage();
  return (
    <>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? t("working") : save}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {t("close")}
        </button>
      </div>
    </>
  );
}

export function ReserveForm({ row, close }: { row: Row; close: () => void }) {
  const { t } = usePage();
  const { send, ...state } = useSend(close);
  return (
    <Dialog title={t("reserveOf", { what: rowName(row) })} close={close}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          const form = new FormData(e.currentTarget);
          const customer = textField(form, "customer");
          void send({
            method: "POST",
            path: "/reservations",
            done: t("reservedDone", { customer }),
            body: {
              product_id: row.product_id,
              store_id: row.store_id,
              customer_id: customer,
              quantity: numberField(form, "quantity"),
              ttl_minutes: numberField(form, "minutes"),
            },
          });
        }}
      >
        <p class="muted">
          {row.available} {t("available")}
        </p>
        <label>
          {t("customer")}
          <input name="customer" required maxLength={128} autocomplete="off" autofocus />
        </label>
        <div class="pair">
          <label>
            {t("quantity")}
            <input name="quantity" type="number" min={1} step={1} defaultValue="1" required />
          </label>
          <label>
            {t("minutes")}
            <input name="minutes" type="number" min={1} max={1440} step={1} defaultValue="10" required />
          </label>
        </div>
        <Buttons {...state} close={close} save={t("reserve")} />
      </form>
    </Dialog>
  );
}

const help = {
  delivery: "deliveryHelp",
  adjust: "adjustHelp",
  transfer: "transferHelp",
  count: "countHelp",
  reorder: "reorderHelp",
} as const;

export function ChangeForm({ row, stores, close }: { row: Row; stores: string[]; close: () => void }) {
  const { t } = usePage();
  const [kind, setKind] = useState<ChangeKind>("delivery");
  return (
    <Dialog title={rowName(row)} close={close}>
      <p class="muted">
        {row.available} {t("available")} · {row.reserved} {t("reserved")}
      </p>
      <fieldset class="choice">
        <legend class="hidden">{t("change")}</legend>
        {changeKinds.map((k) => (
          <label key={k}>
            <input
              type="radio"
              name="kind"
              checked={kind === k}
              onChange={() => setKind(k)}
              autofocus={k === "delivery"}
            />
            <span>{t(k)}</span>
          </label>
        ))}
      </fieldset>
      <ChangeFields key={kind} kind={kind} row={row} stores={stores.filter((s) => s !== row.store_id)} close={close} />
    </Dialog>
  );
}

function ChangeFields({
  kind,
  row,
  stores,
  close,
}: {
  kind: ChangeKind;
  row: Row;
  stores: string[];
  close: () => void;
}) {
  const { t } = usePage();
  const [after, setAfter] = useState<number | null>(null);
  const { send, ...state } = useSend(close);
  return (
    <form
      onInput={(e) => setAfter(quantityAfter(kind, row, new FormData(e.currentTarget)))}
      onSubmit={(e) => {
        e.preventDefault();
        void send({ ...changeRequest(kind, row, new FormData(e.currentTarget)), done: t("done") });
      }}
    >
      <p class="muted small">{t(help[kind])}</p>
      {kind === "delivery" && (
        <label>
          {t("delivered")}
          <input name="quantity" type="number" min={1} step={1} required />
        </label>
      )}
      {kind === "adjust" && (
        <label>
          {t("adjustment")}
          <input name="adjustment" type="number" step={1} required />
        </label>
      )}
      {kind === "transfer" && (
        <div class="pair">
          <label>
            {t("quantity")}
            <input name="quantity" type="number" min={1} step={1} required />
          </label>
          <label>
            {t("toStore")}
            <select name="to" required disabled={stores.length === 0}>
              <option value="">{stores.length === 0 ? t("noOtherStore") : ""}</option>
              {stores.map((s) => (
                <option key={s} value={s}>
                  {s}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {kind === "count" && (
        <label>
          {t("counted")}
          <input name="quantity" type="number" min={row.reserved} step={1} required />
        </label>
      )}
      {kind === "reorder" && (
        <div class="pair">
          <label>
            {t("reorderPoint")}
            <input name="point" type="number" min={0} step={1} defaultValue={String(row.reorder_point)} required />
          </label>
          <label>
            {t("reorderQty")}
            <input name="qty" type="number" min={0} step={1} defaultValue={String(row.reorder_qty)} required />
          </label>
        </div>
      )}
      {kind !== "reorder" && (
        <>
          <Preview row={row} after={after} />
          <label>
            {t("reason")}
            <input name="reason" maxLength={100} autocomplete="off" />
          </label>
        </>
      )}
      <Buttons {...state} close={close} save={t("save")} />
    </form>
  );
}

// Preview shows the quantity of the row after the change.
function Preview({ row, after }: { row: Row; after: number | null }) {
  const { t, figure } = usePage();
  if (after === null) return <output class="preview">{t("previewNone", { before: figure(row.quantity) })}</output>;
  const change = after - row.quantity;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  return (
    <output class={`preview${after < row.reserved ? " bad" : ""}`}>
      {t("preview", {
        before: figure(row.quantity),
        after: figure(after),
        change: `${sign}${figure(Math.abs(change))}`,
      })}
    </output>
  );
}
