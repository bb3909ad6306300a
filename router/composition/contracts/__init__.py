"""Contracts: what of a supergraph some clients see, chosen by `@tag`; the rest stays in it for the router alone."""

from __future__ import annotations

from entrepot.router.composition.contracts.build import CONTRACT_ERROR_CODES, build_contract

__all__ = ["CONTRACT_ERROR_CODES", "build_contract"]
