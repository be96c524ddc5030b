"""`comity serve`: the node, for others."""

import sys
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from comity.cli.options import ASKING, Asking, AskingOptions, Flag, Names, listed
from comity.cli.plain import plural
from comity.cli.terminal import answer, said
from comity.core.errors import MalformedInput
from comity.server.plan import Plan, Tls
from comity.web.serving import MIB, Bounds

_PORTS: Final = 65535


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8431,
    workers: int = 1,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    client_ca: Path | None = None,
    proxy: Names = (),
    max_body: int = 64,
    insecure_listen_without_tls: Flag = False,
    options: AskingOptions = ASKING,
) -> int:
    """Serve the node until it is told to stop: TAXII 2.1 below /taxii2/, and how it is doing at /readyz and /metrics.

    It logs to standard error, one JSON document a line. SIGTERM or Ctrl+C stops it: what is under way gets five
    seconds. SIGHUP replaces its workers one by one, which read the certificates anew.

    Example: `comity serve --host 0.0.0.0 --tls-certificate node.crt --tls-key node.key --workers 4`

    Args:
        host: The address to listen at, or a name of this machine.
        port: The port; 0 for one that is free.
        workers: How many processes answer.
        tls_certificate: The server's certificate, with those that vouch for it, in PEM.
        tls_key: Its key, in PEM and without a password.
        client_ca: Let connect only who has a certificate of these authorities, in PEM; each still says who asks.
        proxy: The addresses of proxies, which are believed when they say for whom they ask.
        max_body: How many MiB a request may bring.
        insecure_listen_without_tls: Listen beyond this machine without TLS: whoever is on the way reads and changes
            everything.
    """
    from comity.server import supervisor  # noqa: PLC0415 - `comity serve --help` needs no server

    told = options.told
    plan = Plan(
        node=told.node.absolute(),
        database=told.database,
        host=host,
        port=_within(port, 0, _PORTS, "--port"),
        tls=_tls(tls_certificate, tls_key, client_ca),
        insecure=insecure_listen_without_tls,
        proxies=tuple(map(_network, listed(proxy))),
        workers=_within(workers, 1, 64, "--workers"),
        bounds=Bounds(body=_within(max_body, 1, 1024, "--max-body") * MIB),
    )

    supervisor.serve(plan, partial(_ready, options, workers))
    return 0


def _ready(options: Asking, workers: int, addresses: list[str]) -> None:
    node = options.told.node
    line = f"{node} is served at {' and '.join(addresses)} by {plural(workers, 'worker')}"
    answer(options, {"node": str(node), "addresses": addresses, "workers": workers}, said(line))
    sys.stdout.flush()


def _within(number: int, least: int, most: int, option: str) -> int:
    if not least <= number <= most:
        raise MalformedInput(f"{option}: {number} is none: give {least} to {most}")
    return number


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise MalformedInput(f"--proxy: `{text}` is no address: write it as 192.0.2.7 or 192.0.2.0/24") from None


def _tls(certificate: Path | None, key: Path | None, client_ca: Path | None) -> Tls | None:
    if (certificate is None) != (key is None):
        raise MalformedInput("--tls-certificate and --tls-key go together: name both")
    if certificate is None or key is None:
        if client_ca is not None:
            raise MalformedInput("--client-ca goes with TLS: name --tls-certificate and --tls-key, too")
        return None
    return Tls(
        certificate=certificate.absolute(),
        key=key.absolute(),
        client_ca=None if client_ca is None else client_ca.absolute(),
    )
