"""What may go wrong with a payment provider: none of it is the caller's fault, and none of it reaches them."""

from __future__ import annotations

from entrepot.shared.errors import InternalError


class ProviderUnanswered(InternalError):
    """The provider did not answer: the call may have taken effect or not."""

    code = "PROVIDER_UNANSWERED"


class ProviderUnavailable(InternalError):
    """The provider refused to serve: the call has not taken effect."""

    code = "PROVIDER_UNAVAILABLE"


class ProviderRefused(InternalError):
    """The provider refuses a call that makes no sense to it: a key used for something else, more than there is."""

    code = "PROVIDER_REFUSED"
