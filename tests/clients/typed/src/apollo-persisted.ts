import { ApolloClient, ApolloLink, HttpLink } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { buildCache } from "./apollo-cache";

/** Sends the hash that codegen wrote into each document, without the prefix that names the algorithm. */
export function connect(url: string) {
  const persisted = new PersistedQueryLink({
    generateHash: (document) => {
      const { hash = "" } = (document as { __meta__?: { hash?: string } }).__meta__ ?? {};
      return hash.replace("sha256:", "");
    },
  });
  return new ApolloClient({ cache: buildCache(), link: ApolloLink.from([persisted, new HttpLink({ uri: url })]) });
}
