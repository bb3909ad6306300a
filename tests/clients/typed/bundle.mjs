// Bundles drive/main.ts of the current folder for Node.js; modules with Relay's tag go through its Babel plugin first.

import { readFile } from "node:fs/promises";

import { transformAsync } from "@babel/core";
import presetTypescript from "@babel/preset-typescript";
import relayPlugin from "babel-plugin-relay";
import { build } from "esbuild";

const relay = {
  name: "relay",
  setup({ onLoad }) {
    onLoad({ filter: /\/relay\.ts$/ }, async ({ path }) => {
      const plugins = [[relayPlugin, { eagerEsModules: true }]];
      const options = { filename: path, presets: [presetTypescript], plugins, babelrc: false, configFile: false };
      const { code } = await transformAsync(await readFile(path, "utf-8"), options);
      return { contents: code, loader: "js" };
    });
  },
};

await build({
  entryPoints: ["drive/main.ts"],
  outfile: "build/main.mjs",
  bundle: true,
  format: "esm",
  platform: "node",
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  plugins: [relay],
});
