"""`entrepot health`: whether a process answers that it is ready; for health checks, where there is no curl."""

from __future__ import annotations

import argparse
import sys
from http.client import HTTPException
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from entrepot.shared.tls import TlsFilesInvalid, build_client_context

_PATIENCE: Final = 5.0


def run(arguments: argparse.Namespace) -> int:
    """0 when the answer is 200, 1 for any other and for none."""
    url = arguments.url
    if not url.startswith(("http://", "https://")):
        print(f"{url}: not a URL of HTTP: write http://HOST:PORT/PATH", file=sys.stderr)
        return 1
    try:
        tls = build_client_context(
            ca_file=arguments.ca_file, cert_file=arguments.cert_file, key_file=arguments.key_file
        )
        with urlopen(url, timeout=_PATIENCE, context=tls) as answer:  # noqa: S310 - its scheme was looked at
            print(answer.read().decode(errors="replace"))
    except (URLError, HTTPException, OSError, TlsFilesInvalid) as error:
        print(f"{url}: {getattr(error, 'reason', None) or error}", file=sys.stderr)
        return 1
    return 0
