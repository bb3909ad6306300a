"""Extensions: Python code at four points of a request."""

from entrepot.router.errors import ClientError
from entrepot.router.extensions.extension import Extension
from entrepot.router.extensions.hooks import build_hooks
from entrepot.router.extensions.loading import load_extensions
from entrepot.router.extensions.request import ExtensionRequest, ExtensionResponse, SubgraphCall

__all__ = [
    "ClientError",
    "Extension",
    "ExtensionRequest",
    "ExtensionResponse",
    "SubgraphCall",
    "build_hooks",
    "load_extensions",
]
