import "./styles/base.css";
import "./styles/admin.css";
import "./styles/parts.css";
import "./styles/playback.css";
import "./styles/operation.css";
import "./styles/evidence.css";
import "./styles/grid.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { makeQueryClient } from "./api/queries";
import { App } from "./app/App";
import { FaultBoundary } from "./app/FaultBoundary";
import { PreferencesProvider } from "./app/preferences";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");

createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <QueryClientProvider client={makeQueryClient()}>
        <FaultBoundary>
          <App />
        </FaultBoundary>
      </QueryClientProvider>
    </PreferencesProvider>
  </StrictMode>,
);
