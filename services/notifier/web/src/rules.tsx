// The alert rules, in a dialog: a list, and a form for one of them.
import { useEffect, useState } from "preact/hooks";
import type { Rule } from "./api";
import { numberField, textField } from "./change";
import { explain, usePage } from "./context";
import { duration } from "./format";
import { Buttons, Dialog, useSend } from "./forms";

const path = "/alerts/rules";
const most = 100; // more than there can be
const types = [
  ["stock.low", "lowStockEvent"],
  ["reservation.expired", "expiredEvent"],
] as const;

export function Rules({ close }: { close: () => void }) {
  const [edited, setEdited] = useState<Rule | "new" | null>(null);
  // The list and the form are two dialogs, so that each sets the focus.
  if (edited === null) return <List key="list" edit={setEdited} close={close} />;
  return <Form key="form" rule={edited === "new" ? undefined : edited} close={() => setEdited(null)} />;
}

function List({ edit, close }: { edit: (r: Rule | "new") => void; close: () => void }) {
  const { client, t, language } = usePage();
  const [rules, setRules] = useState<Rule[] | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => {
    client.get<{ data: Rule[] }>(`${path}?limit=${most}`).then(
      (page) => setRules(page.data),
      (err: unknown) => setTrouble(err),
    );
  }, [client]);
  return (
    <Dialog title={t("rulesTitle")} close={close}>
      <p class="muted small">{t("rulesHelp")}</p>
      <p class="problem" role="alert">
        {trouble !== null && explain(t, trouble)}
      </p>
      {rules === null && trouble === null && (
        <p class="empty" aria-busy="true">
          {t("working")}
        </p>
      )}
      {rules?.length === 0 && <p class="empty">{t("noRules")}</p>}
      <ul class="rules">
        {rules?.map((r) => (
          <li key={r.id} class={`rule${r.active ? "" : " off"}`} data-rule={r.name}>
            <div class="what">
              <span class="name">{r.name}</span>
              <span class="small muted">
                {t("ruleSays", {
                  n: `${r.threshold} × ${r.event_type}`,
                  window: duration(r.window_seconds, language),
                  quiet: duration(r.quiet_seconds, language),
                })}
                {!r.active && ` · ${t("ruleOff")}`}
              </span>
              {r.store_ids.length > 0 && <span class="small muted detail">{r.store_ids.join(", ")}</span>}
            </div>
            <button type="button" class="quiet" onClick={() => edit(r)} aria-label={t("editOf", { what: r.name })}>
              {t("edit")}
            </button>
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="primary" onClick={() => edit("new")}>
          {t("newRule")}
        </button>
        <button type="button" class="quiet" onClick={close} autofocus>
          {t("close")}
        </button>
      </div>
    </Dialog>
  );
}

function Form({ rule, close }: { rule: Rule | undefined; close: () => void }) {
  const { t } = usePage();
  const [sure, setSure] = useState(false);
  const { send, ...state } = useSend(close);
  // The form sends the whole rule, so it must not undo a change by another user.
  const where = rule && {
    path: `${path}/${encodeURIComponent(rule.id)}`,
    headers: { "If-Match": `"${rule.version}"` },
  };
  return (
    <Dialog title={rule?.name ?? t("newRule")} close={close}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          const form = new FormData(e.currentTarget);
          const body = {
            name: textField(form, "name"),
            event_type: textField(form, "event_type"),
            threshold: numberField(form, "threshold"),
            window_seconds: numberField(form, "window"),
            quiet_seconds: numberField(form, "quiet"),
            active: form.has("active"),
            store_ids: textField(form, "stores")
              .split(/[\s,]+/)
              .filter((s) => s !== ""),
          };
          void send(
            where
              ? { ...where, method: "PUT", body, done: t("done") }
              : { method: "POST", path, body, done: t("done") },
          );
        }}
      >
        <label>
          {t("ruleName")}
          <input name="name" required maxLength={80} autocomplete="off" defaultValue={rule?.name ?? ""} autofocus />
        </label>
        <div class="pair">
          <label>
            {t("ruleEvent")}
            <select name="event_type">
              {types.map(([type, name]) => (
                <option key={type} value={type} selected={type === rule?.event_type}>
                  {t(name)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("threshold")}
            <input
              name="threshold"
              type="number"
              min={1}
              max={1000}
              step={1}
              required
              defaultValue={String(rule?.threshold ?? 1)}
            />
          </label>
        </div>
        <div class="pair">
          <label>
            {t("windowSeconds")}
            <input
              name="window"
              type="number"
              min={1}
              max={3600}
              step={1}
              required
              defaultValue={String(rule?.window_seconds ?? 60)}
            />
          </label>
          <label>
            {t("quietSeconds")}
            <input
              name="quiet"
              type="number"
              min={1}
              max={604800}
              step={1}
              required
              defaultValue={String(rule?.quiet_seconds ?? 900)}
            />
          </label>
        </div>
        <label>
          {t("ruleStores")}
          <input name="stores" autocomplete="off" defaultValue={rule?.store_ids.join(", ") ?? ""} />
        </label>
        <label class="check">
          <input name="active" type="checkbox" defaultChecked={rule?.active ?? true} />
          {t("active")}
        </label>
        <Buttons {...state} close={close} save={t("save")} />
        {where && (
          <button
            type="button"
            class="quiet delete"
            disabled={state.busy}
            onClick={() => {
              if (sure) void send({ ...where, method: "DELETE", body: undefined, done: t("removed") });
              setSure(true);
            }}
          >
            {sure ? t("removeSure") : t("remove")}
          </button>
        )}
      </form>
    </Dialog>
  );
}
