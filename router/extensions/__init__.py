"""Extensions: what others add to the router in Python, at four points of a request."""

from router.errors import ClientError
from router.extensions.extension import Extension
from router.extensions.hooks import build_hooks
from router.extensions.loading import load_extensions
from router.extensions.request import ExtensionRequest, ExtensionResponse, SubgraphCall

__all__ = [
    "ClientError",
    "Extension",
    "ExtensionRequest",
    "ExtensionResponse",
    "SubgraphCall",
    "build_hooks",
    "load_extensions",
]
