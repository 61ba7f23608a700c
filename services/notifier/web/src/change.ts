// The changes of a stock row that the page offers, and the requests for them.
import { type Row, rowPath } from "./api";

export const changeKinds = ["delivery", "adjust", "transfer", "count", "reorder"] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Request {
  method: string;
  path: string;
  body: unknown;
  headers?: Record<string, string>;
  done: string;
}

/** The text of a form's field without surrounding space; empty for a missing field. */
export function textField(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

export function numberField(form: FormData, name: string): number {
  return Number(textField(form, name));
}

/** The quantity of the row after the change; null while the field for it has no whole number. */
export function quantityAfter(kind: ChangeKind, row: Row, form: FormData): number | null {
  const field = kind === "adjust" ? "adjustment" : "quantity";
  const n = numberField(form, field);
  if (textField(form, field) === "" || !Number.isSafeInteger(n)) return null;
  switch (kind) {
    case "count":
      return n;
    case "transfer":
      return row.quantity - n;
    case "reorder":
      return null;
    default:
      return row.quantity + n;
  }
}

/** The request that a form for a change sends. */
export function changeRequest(kind: ChangeKind, row: Row, form: FormData): Omit<Request, "done"> {
  const reason = textField(form, "reason") === "" ? {} : { reason: textField(form, "reason") };
  switch (kind) {
    case "delivery":
      return {
        method: "POST",
        path: `${rowPath(row)}/adjust`,
        body: { adjustment: numberField(form, "quantity"), reason: "restock", ...reason },
      };
    case "adjust":
      return {
        method: "POST",
        path: `${rowPath(row)}/adjust`,
        body: { adjustment: numberField(form, "adjustment"), ...reason },
      };
    case "transfer":
      return {
        method: "POST",
        path: "/stock/transfer",
        body: {
          product_id: row.product_id,
          from_store_id: row.store_id,
          to_store_id: textField(form, "to"),
          quantity: numberField(form, "quantity"),
          ...reason,
        },
      };
    case "count":
      // A sale between the look at the row and the count must not be undone.
      return {
        method: "PUT",
        path: rowPath(row),
        headers: { "If-Match": `"${row.version}"` },
        body: { quantity: numberField(form, "quantity"), reason: "count", ...reason },
      };
    case "reorder":
      return {
        method: "PATCH",
        path: rowPath(row),
        headers: { "If-Match": `"${row.version}"` },
        body: { reorder_point: numberField(form, "point"), reorder_qty: numberField(form, "qty") },
      };
  }
}
