"""Where an offer may have us send packets: ICE candidates are addresses that anybody can write down, and each
is tried (RFC 8445, 19.5.1). So only those are tried that are somewhere on the internet, or in a network that
the operator lets browsers be in. A browser elsewhere still gets through where it reaches us: it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voice_gateway.addresses import Network, is_in, is_public, read_address

MOST_TRIED: Final = 20
LOWEST_PORT: Final = 1024
"""No browser and no TURN server's relay has a port below; what listens there did not ask for us."""
NOWHERE: Final = "c=IN IP4 0.0.0.0"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """``everywhere``: for development. ``own``: the address that the offer came from. ``allowed``: networks
    that are not public, and may be sent to all the same; ``refused``: public ones that may not."""

    everywhere: bool = False
    own: str = ""
    allowed: Sequence[Network] = ()
    refused: Sequence[Network] = ()

    def covers(self, host: str) -> bool:
        """Whether packets may be sent to a host, because a stranger says so. Names are not looked up."""
        address = read_address(host)
        if address is None or address.is_unspecified or address.is_multicast:
            return False
        if is_in(address, self.refused):
            return False
        if self.everywhere or is_public(address) or is_in(address, self.allowed):
            return True
        # Of a proxy on this machine that does not say for whom it asks, every offer would be.
        return not address.is_loopback and address == read_address(self.own)


def screened(sdp: str, reach: Reach) -> str:
    """An offer with those candidates only that may be tried, each once and without what we need not know.

    It says of no list that it is complete, because a browser may come from an address that was taken out.
    """
    kept: list[str] = []
    tried: set[tuple[str, str]] = set()
    for line in sdp.splitlines():
        if line.startswith("c="):
            kept.append(NOWHERE)
        elif line.startswith("a=candidate"):
            candidate = _candidate(line, reach)
            if candidate is not None and len(tried) < MOST_TRIED and candidate[0] not in tried:
                tried.add(candidate[0])
                kept.append(candidate[1])
        elif not line.startswith(("a=end-of-candidates", "a=rtcp:", "a=remote-candidates")):
            kept.append(line)
    return "\r\n".join([*kept, ""])


def _candidate(line: str, reach: Reach) -> tuple[tuple[str, str], str] | None:
    """Where it is and how it is written, if it may be tried."""
    # foundation component transport priority address port typ type
    words = line.partition(":")[2].split()[:8]
    if len(words) < 8 or words[1] != "1" or words[2].lower() != "udp" or words[6] != "typ":
        return None
    host, port = words[4], words[5]
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and LOWEST_PORT <= int(port) < 65_536):
        return None
    address = read_address(host)
    if address is None or not reach.covers(host):
        return None
    words[4] = str(address)
    return (words[4], port), f"a=candidate:{' '.join(words)}"
