"""Whether a type may stand in the place of another: for values that clients receive, and for those that they give."""

from __future__ import annotations

from graphql import GraphQLInputType, GraphQLType, is_list_type, is_non_null_type


def is_narrower_output(base: GraphQLType, head: GraphQLType) -> bool:
    """Whether every operation on `base` is valid on `head` and gets values that it expects.

    It is not so for a member in the place of its union or interface: fragments on other members would be refused.
    """
    if is_non_null_type(base):
        return is_non_null_type(head) and is_narrower_output(base.of_type, head.of_type)
    if is_non_null_type(head):
        return is_narrower_output(base, head.of_type)
    if is_list_type(base):
        return is_list_type(head) and is_narrower_output(base.of_type, head.of_type)
    if is_list_type(head):
        return False
    return str(base) == str(head)


def is_wider_input(base: GraphQLInputType, head: GraphQLInputType) -> bool:
    """Whether `head` takes every value, and every variable, that `base` took."""
    if is_non_null_type(head):
        return is_non_null_type(base) and is_wider_input(base.of_type, head.of_type)
    if is_non_null_type(base):
        return is_wider_input(base.of_type, head)
    if is_list_type(head):
        return is_list_type(base) and is_wider_input(base.of_type, head.of_type)
    if is_list_type(base):
        return False
    return str(base) == str(head)
