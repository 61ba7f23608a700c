import type { Row } from "../api/client";
import { useConsole } from "../console";

/** The state of a row in a word and a colour: sold out and low as the API decides them. */
export function StateOf({ row, gone = false }: { row: Row; gone?: boolean }) {
  const { t } = useConsole();
  if (gone || row.product_deleted) return <span className="state">{t("deleted")}</span>;
  if (row.available <= 0) return <span className="state bad">{t("out")}</span>;
  if (row.available <= row.reorder_point) return <span className="state warn">{t("low")}</span>;
  return <span className="state good">{t("ok")}</span>;
}
