// Writes src/graphql/: the types of all operations in src, and the manifest that registers them with the router.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addTypenameSelectionDocumentTransform, preset } from "@graphql-codegen/client-preset";
import { codegen } from "@graphql-codegen/core";
import { buildASTSchema, isAbstractType, parse } from "graphql";

const OUTPUT = "src/graphql/";
const SCHEMA = "../../schema/storefront-api.graphql";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Which types an interface or a union stands for; the cache needs it to read fragments on them. */
function listPossibleTypes(document) {
  const schema = buildASTSchema(document);
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isAbstractType(type) && !type.name.startsWith("__"),
  );
  const namesOf = (type) => schema.getPossibleTypes(type).map(({ name }) => name);
  return Object.fromEntries(types.map((type) => [type.name, namesOf(type)]));
}

const schema = parse(await readFile(SCHEMA, "utf8"));
const names = (await readdir("src", { recursive: true })).filter((name) => name.endsWith(".graphql")).sort();
const documents = await Promise.all(
  names.map(async (name) => {
    const location = join("src", name);
    const rawSDL = await readFile(location, "utf8");
    return { location, rawSDL, document: parse(rawSDL) };
  }),
);

const files = await preset.buildGeneratesSection({
  baseOutputDir: OUTPUT,
  schema,
  documents,
  documentTransforms: [{ name: "typename", transformObject: addTypenameSelectionDocumentTransform, config: {} }],
  config: {
    scalars: { CurrencyCode: "string", DateTime: "string", Decimal: "string", Long: "number" },
    strictScalars: true,
    enumsAsTypes: true,
    useTypeImports: true,
    immutableTypes: true,
  },
  presetConfig: { fragmentMasking: false, persistedDocuments: { mode: "embedHashInDocument", hashAlgorithm: sha256 } },
  plugins: [],
  pluginMap: {},
});

await mkdir(OUTPUT, { recursive: true });
for (const file of files) await writeFile(file.filename, file.content ?? (await codegen(file)));
const possibleTypes = JSON.stringify(listPossibleTypes(schema), null, 2);
await writeFile(
  join(OUTPUT, "possible-types.ts"),
  `export const possibleTypes: Record<string, string[]> = ${possibleTypes};\n`,
);
