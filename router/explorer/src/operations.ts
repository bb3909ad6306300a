// Which operation of a document is meant: GraphiQL's own notion follows the editor's text with a delay.
import { Kind, type OperationDefinitionNode, OperationTypeNode, parse } from "graphql";

export interface ChosenOperation {
  readonly name: string | null;
  readonly isSubscription: boolean;
}

/** The operation of that name, else the only one. A document that does not parse is the server's to refuse. */
export function chooseOperation(query: string, name: string | null | undefined): ChosenOperation {
  const operations = readOperations(query);
  const only = operations.length === 1 ? operations[0] : undefined;
  const chosen = operations.find((operation) => operation.name?.value === name) ?? only;
  return {
    name: chosen === undefined ? (name ?? null) : (chosen.name?.value ?? null),
    isSubscription: chosen?.operation === OperationTypeNode.SUBSCRIPTION,
  };
}

function readOperations(query: string): OperationDefinitionNode[] {
  try {
    return parse(query, { noLocation: true }).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}
