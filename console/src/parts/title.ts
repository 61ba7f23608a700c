import { useEffect } from "react";
import { useConsole } from "../console";

/** Names the screen in the title of the tab. */
export function useTitle(name: string) {
  const { t } = useConsole();
  useEffect(() => {
    document.title = `${name} · ${t("title")}`;
  }, [name, t]);
}
