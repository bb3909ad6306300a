import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "schema/api.graphql", // or the address of a running router: "http://127.0.0.1:4000/graphql"
  documents: ["schema/operations/*.graphql"],
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256" }, // writes src/gql/persisted-documents.json
      },
      // Caches need __typename; adding it here makes the registered text the one that is executed.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        strictScalars: true,
        scalars: { CurrencyCode: "string", DateTime: "string", Decimal: "string", Long: "number" },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
  },
};

export default config;
