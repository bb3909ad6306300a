"""Mutations as declarations; `mutation` says what one consists of."""

from entrepot.shared.graphql.mutations.declaration import Call, Mutation, Once, Shows, by_id, mutation
from entrepot.shared.graphql.mutations.fields import build_mutation_type
from entrepot.shared.graphql.mutations.refusals import error_type_of

__all__ = ["Call", "Mutation", "Once", "Shows", "build_mutation_type", "by_id", "error_type_of", "mutation"]
