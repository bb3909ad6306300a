// Builds the explorer into dist/: index.html, and hashed assets that the router serves below /explorer/.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/explorer/",
  // Warnings only: the list of chunks says nothing to who runs the router.
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
    rolldownOptions: {
      // Two dependencies carry a directive for the React compiler, which is not used here.
      onLog: (level, log, handle) => log.code !== "MODULE_LEVEL_DIRECTIVE" && handle(level, log),
    },
  },
  worker: { format: "es" },
});
