import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const GSTNVR = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: GSTNVR, ws: true, changeOrigin: true, headers: { origin: GSTNVR } } },
  },
});
