"""`entrepot health`: whether a process answers that it is ready; for health checks, where there is no curl."""

from __future__ import annotations

import argparse
import sys
from http.client import HTTPException
from urllib.error import URLError

from entrepot.native.health import read_health
from entrepot.shared.tls import TlsFilesInvalid, build_client_context


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
        print(read_health(url, tls))
    except (URLError, HTTPException, OSError, TlsFilesInvalid) as error:
        print(f"{url}: {getattr(error, 'reason', None) or error}", file=sys.stderr)
        return 1
    return 0
