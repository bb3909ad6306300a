// Builds the explorer into dist/: index.html, and hashed assets that the router serves below /explorer/.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/explorer/",
  // Warnings only: the list of some 90 chunks (most are editor languages) says nothing to who runs the router.
  logLevel: "warn",
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    license: { fileName: "assets/licenses.md" },
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
});
