// The changes of a stock row, and what the row will be after each.
import type { Row } from "../api/client";

export const changes = ["delivery", "count", "transfer", "thresholds"] as const;
export type ChangeKind = (typeof changes)[number];

export const thresholds = ["reorder_point", "reorder_qty", "min_stock", "max_stock"] as const;

/** A whole number of units that a reader typed; null for anything else. */
export function unitsOf(text: string): number | null {
  return /^\d{1,10}$/.test(text.trim()) ? Number(text.trim()) : null;
}

export interface Preview {
  before: number;
  after: number;
  /** Whether the change is one that the API accepts for this row. */
  possible: boolean;
}

/** The quantity of a row before and after a change of its units; null without units. */
export function previewOf(kind: ChangeKind, row: Row, text: string): Preview | null {
  const units = unitsOf(text);
  if (units === null || kind === "thresholds") return null;
  const taken = row.quantity - row.available; // reserved, or not for sale
  switch (kind) {
    case "delivery":
      return { before: row.quantity, after: row.quantity + units, possible: units > 0 };
    case "count":
      return { before: row.quantity, after: units, possible: units >= taken };
    case "transfer":
      return { before: row.quantity, after: row.quantity - units, possible: units > 0 && units <= row.available };
  }
}
