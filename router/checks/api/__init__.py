"""Changes between two API schemas: what clients can select, give and receive."""

from entrepot.router.checks.api.compare import compare_api_schemas

__all__ = ["compare_api_schemas"]
