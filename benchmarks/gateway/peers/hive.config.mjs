// Hive Gateway with its compiled execution, and with or without sharing subgraph calls that are on their way.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({
  jit: true,
  logging: "warn",
  healthCheckEndpoint: "/healthcheck",
  landingPage: false,
  transportEntries: {
    "*.http": { options: { deduplicateInflightRequests: process.env.DEDUPLICATE === "true" } },
  },
});
