import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Route, Router, Switch } from "wouter";
import { Failure, type Key, newAPI } from "./api/client";
import { type Console, ConsoleContext } from "./console";
import { LiveUpdates } from "./live/live";
import { Gate } from "./parts/gate";
import { Shell } from "./parts/shell";
import { NotFound } from "./screens/notfound";
import { ProductScreen } from "./screens/product";
import { Stock } from "./screens/stock";
import { firstLanguage, formatOf, keepLanguage, type Language, localeOf, translator } from "./text/text";
import { firstTheme, keepTheme, type Theme } from "./theme";

// The live page keeps its key in the same place, so one sign-in serves both.
const keptKey = "inventory-api-key";

export function App() {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const [theme, setTheme] = useState<Theme>(firstTheme);
  const [apiKey, setAPIKey] = useState(() => sessionStorage.getItem(keptKey) ?? "");
  const [key, setKey] = useState<Key | null>(null);
  const [refused, setRefused] = useState(false);
  const t = useMemo(() => translator(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
    keepLanguage(language);
  }, [language]);
  useEffect(() => keepTheme(theme), [theme]);

  const leave = useCallback((because: boolean) => {
    sessionStorage.removeItem(keptKey);
    setRefused(because);
    setKey(null);
    setAPIKey("");
  }, []);
  const settings = { language, setLanguage, theme, setTheme };
  if (key === null) {
    return (
      <Gate
        t={t}
        settings={settings}
        kept={apiKey}
        refused={refused}
        open={(text, known) => {
          sessionStorage.setItem(keptKey, text);
          setAPIKey(text);
          setKey(known);
        }}
      />
    );
  }
  return <SignedIn key={apiKey} apiKey={apiKey} owner={key} settings={settings} leave={leave} />;
}

export interface Settings {
  language: Language;
  setLanguage(language: Language): void;
  theme: Theme;
  setTheme(theme: Theme): void;
}

interface SignedInProps {
  apiKey: string;
  owner: Key;
  settings: Settings;
  leave(refused: boolean): void;
}

function SignedIn({ apiKey, owner, settings, leave }: SignedInProps) {
  const { language } = settings;
  const api = useMemo(() => newAPI(apiKey), [apiKey]);
  const queries = useMemo(() => newQueries(leave), [leave]);
  const [message, setMessage] = useState({ text: "", at: 0 });
  useEffect(() => {
    const timer = setTimeout(() => setMessage((m) => (m.at === message.at ? { ...m, text: "" } : m)), 8000);
    return () => clearTimeout(timer);
  }, [message.at]);
  const value = useMemo<Console>(
    () => ({
      api,
      key: owner,
      language,
      t: translator(language),
      format: formatOf(localeOf(language, navigator.languages)),
      say: (text) => setMessage({ text, at: Date.now() }),
    }),
    [api, owner, language],
  );
  return (
    <ConsoleContext.Provider value={value}>
      <QueryClientProvider client={queries}>
        <LiveUpdates apiKey={apiKey} refused={() => leave(true)}>
          <Router base="/console">
            <Shell settings={settings} message={message.text} signOut={() => leave(false)}>
              <Switch>
                <Route path="/" component={Stock} />
                <Route path="/stock" component={Stock} />
                <Route path="/products/:sku" component={ProductScreen} />
                <Route component={NotFound} />
              </Switch>
            </Shell>
          </Router>
        </LiveUpdates>
      </QueryClientProvider>
    </ConsoleContext.Provider>
  );
}

// newQueries returns the cache of a session. The live updates read again; the cache
// retries only a first reading.
function newQueries(leave: (refused: boolean) => void): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
        retry: (count, err) => count < 3 && err instanceof Failure && (err.status === 0 || err.status >= 500),
      },
      mutations: { networkMode: "always" },
    },
  });
  client.getQueryCache().subscribe((event) => {
    const err = event.query.state.error;
    if (event.type === "updated" && err instanceof Failure && err.status === 401) leave(true);
  });
  return client;
}
