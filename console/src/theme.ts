// The colours that the reader chose: those of the system unless light or dark.
export type Theme = "system" | "light" | "dark";

const kept = "inventory-theme";

export function firstTheme(): Theme {
  const theme = localStorage.getItem(kept);
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function keepTheme(theme: Theme) {
  localStorage.setItem(kept, theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
