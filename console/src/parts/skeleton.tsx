import { useConsole } from "../console";

/** Stands where a figure or a text is not loaded yet. */
export function Skeleton() {
  const { t } = useConsole();
  return (
    <span className="skeleton">
      <span className="hidden">{t("loading")}</span>
    </span>
  );
}
