import type { Settings } from "../app";
import { type Language, languageNames, type Translate } from "../text/text";
import type { Theme } from "../theme";

/** The reader's language and colours. */
export function SettingsFields({ t, settings }: { t: Translate; settings: Settings }) {
  const themes: Record<Theme, string> = { system: t("themeSystem"), light: t("themeLight"), dark: t("themeDark") };
  return (
    <div className="settings">
      <label>
        {t("language")}
        <select value={settings.language} onChange={(e) => settings.setLanguage(e.currentTarget.value as Language)}>
          {Object.entries(languageNames).map(([language, name]) => (
            <option key={language} value={language} lang={language}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("theme")}
        <select value={settings.theme} onChange={(e) => settings.setTheme(e.currentTarget.value as Theme)}>
          {Object.entries(themes).map(([theme, name]) => (
            <option key={theme} value={theme}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
