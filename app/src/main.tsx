import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { findWallets } from "./chain/wallet/wallets";
import { startLanguages } from "./i18n";
import { App } from "./shell/App";
import "./styles.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: 1, retryDelay: 1_000, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});

findWallets();
await startLanguages();
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
