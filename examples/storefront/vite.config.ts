// Builds the storefront into dist/: index.html, and hashed assets that `entrepot dev` serves below /assets/.
import { defineConfig } from "vite";

export default defineConfig({
  logLevel: "warn",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    license: { fileName: "assets/licenses.md" },
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { port: 5173, strictPort: true },
});
