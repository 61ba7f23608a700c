import { Link } from "wouter";
import { useConsole } from "../console";
import { useTitle } from "../parts/title";

export function NotFound() {
  const { t } = useConsole();
  useTitle(t("notFound"));
  return (
    <div className="empty">
      <h1>{t("notFound")}</h1>
      <Link href="/stock">{t("toStock")}</Link>
    </div>
  );
}
