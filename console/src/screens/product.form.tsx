import { type FormEvent, useState } from "react";
import { dataOf, type Row } from "../api/client";
import { mayChange, storeName, useConsole, useStores } from "../console";
import { Dialog } from "../parts/dialog";
import { useSend } from "../parts/send";
import type { Key } from "../text/text";
import { type ChangeKind, changes, previewOf, thresholds, unitsOf } from "./product.changes";

const titles: Record<ChangeKind, Key> = {
  delivery: "receiveDelivery",
  count: "countUnits",
  transfer: "transferUnits",
  thresholds: "thresholds",
};

/** Changes the row of a product in a store; row has its present figures. */
export function ChangeDialog({ row, close }: { row: Row; close(): void }) {
  const { t } = useConsole();
  const stores = useStores();
  const [kind, setKind] = useState<ChangeKind>("delivery");
  return (
    <Dialog title={`${row.product_name}, ${storeName(stores, row.store_id)}`} close={close}>
      <fieldset className="choices" aria-label={t("whatToDo")}>
        {changes.map((k) => (
          <button key={k} type="button" className="quiet" aria-pressed={k === kind} onClick={() => setKind(k)}>
            {t(titles[k])}
          </button>
        ))}
      </fieldset>
      {kind === "thresholds" ? (
        <ThresholdForm row={row} close={close} />
      ) : (
        <UnitsForm key={kind} kind={kind} row={row} close={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  row: Row;
  close(): void;
}

function UnitsForm({ kind, row, close }: FormProps & { kind: Exclude<ChangeKind, "thresholds"> }) {
  const { api, t, key, format, say } = useConsole();
  const stores = useStores();
  const { busy, problem, send } = useSend();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [target, setTarget] = useState("");
  const targets = stores.filter((s) => s.id !== row.store_id && mayChange(key, s.id));
  const preview = previewOf(kind, row, text);
  const units = unitsOf(text);
  const ready = preview?.possible === true && (kind !== "transfer" || target !== "");

  const request = (idempotency: string): Promise<unknown> => {
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    const path = { product_id: row.product_id, store_id: row.store_id };
    const header = { "Idempotency-Key": idempotency };
    const n = units ?? 0;
    switch (kind) {
      case "delivery": {
        const body = { adjustment: n, reason: "restock", ...why };
        return dataOf(api.POST("/api/v1/stock/{product_id}/{store_id}/adjust", { params: { path, header }, body }));
      }
      case "count": {
        // A sale between the preview and the count must not be undone.
        const body = { quantity: n, reason: "count", ...why };
        const match = { "If-Match": `"${row.version}"` };
        return dataOf(api.PUT("/api/v1/stock/{product_id}/{store_id}", { params: { path, header: match }, body }));
      }
      case "transfer": {
        const body = {
          product_id: row.product_id,
          from_store_id: row.store_id,
          to_store_id: target,
          quantity: n,
          ...why,
        };
        return dataOf(api.POST("/api/v1/stock/transfer", { params: { header }, body }));
      }
    }
  };
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (!ready) return;
    if (await send({ kind, units, target, reason }, request)) {
      say(t("saved"));
      close();
    }
  };
  return (
    <form onSubmit={(e) => void submit(e)}>
      <p className="muted">
        {t(kind === "delivery" ? "deliveryHelp" : kind === "count" ? "countHelp" : "transferHelp")}
      </p>
      {kind === "transfer" && (
        <label>
          {t("toStore")}
          <select required value={target} onChange={(e) => setTarget(e.currentTarget.value)}>
            <option value="">{t("chooseStore")}</option>
            {targets.map((s) => (
              <option key={s.id} value={s.id}>
                {storeName(stores, s.id)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t(kind === "delivery" ? "unitsReceived" : kind === "count" ? "unitsCounted" : "unitsSent")}
        <input
          // biome-ignore lint/a11y/noAutofocus: the reader has chosen this form
          autoFocus
          required
          inputMode="numeric"
          autoComplete="off"
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
        />
      </label>
      <p className="preview" data-preview aria-live="polite">
        {preview === null
          ? t("now", { n: format.figure(row.quantity) })
          : `${format.figure(preview.before)} → ${format.figure(preview.after)} (${format.change(preview.after - preview.before)})`}
        {preview !== null && !preview.possible && kind === "transfer" && (
          <span className="problem">
            {" "}
            {t("insufficient", { available: format.figure(row.available), requested: format.figure(units ?? 0) })}
          </span>
        )}
        {preview !== null && !preview.possible && kind === "count" && (
          <span className="problem"> {t("belowReserved", { n: format.figure(row.quantity - row.available) })}</span>
        )}
      </p>
      <label>
        {t("reasonOptional")}
        <input value={reason} maxLength={200} onChange={(e) => setReason(e.currentTarget.value)} />
      </label>
      <p className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" className="primary" disabled={busy || !ready}>
        {busy ? t("working") : t("save")}
      </button>
    </form>
  );
}

function ThresholdForm({ row, close }: FormProps) {
  const { api, t, say } = useConsole();
  const { busy, problem, send } = useSend();
  const [texts, setTexts] = useState(() => thresholds.map((name) => String(row[name])));
  const units = texts.map(unitsOf);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const body = Object.fromEntries(thresholds.map((name, i) => [name, units[i]]));
    const path = { product_id: row.product_id, store_id: row.store_id };
    const header = { "If-Match": `"${row.version}"` };
    const request = () =>
      dataOf(api.PATCH("/api/v1/stock/{product_id}/{store_id}", { params: { path, header }, body }));
    if (await send(body, request)) {
      say(t("saved"));
      close();
    }
  };
  const labels = [t("reorderPoint"), t("reorderQty"), t("minStock"), t("maxStock")];
  return (
    <form onSubmit={(e) => void submit(e)}>
      {thresholds.map((name, i) => (
        <label key={name}>
          {labels[i]}
          <input
            required
            inputMode="numeric"
            autoComplete="off"
            value={texts[i]}
            onChange={(e) => {
              const text = e.currentTarget.value;
              setTexts((old) => old.map((o, j) => (j === i ? text : o)));
            }}
          />
        </label>
      ))}
      <p className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" className="primary" disabled={busy || units.includes(null)}>
        {busy ? t("working") : t("save")}
      </button>
    </form>
  );
}
