// Another router as its users would set it up: the caller's own token goes to the subgraphs, which verify it.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      const authorization = request.headers.get("authorization");
      return authorization === null ? undefined : { authorization };
    },
  },
  logging: "warn",
});
