"""Many callers at once: sipp, running a scenario of one call with real RTP."""

from __future__ import annotations

import asyncio
import csv
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.baresip import free_port
from voice_gateway.codecs import MU_LAW

PCAPS = Path("/usr/share/sip-tester")
"""Where Debian's sip-tester keeps its recordings of keys."""

SCENARIO = """\
<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a call with audio">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller[call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [{port}] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=ptime:20
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller[call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
{media}
  <pause milliseconds="{talk_ms}"/>
  <send retrans="500"><![CDATA[
BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller[call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"""


@dataclass(frozen=True)
class Outcome:
    """How the calls went, and what sipp printed."""

    successful: int
    failed: int
    output: str


async def call(
    directory: Path,
    target: tuple[str, int],
    *,
    calls: int,
    talk_s: float,
    pcm: bytes = b"",
    keys: str = "",
    rate: float = 50.0,
) -> Outcome:
    """Make calls (``rate`` new ones a second) that say PCM of 8000 Hz over and over, or press keys, for a
    time each, and hang up."""
    program = shutil.which("sipp")
    assert program is not None
    if keys:
        port = "media_port"
        media = "\n".join(
            f'  <nop><action><exec play_pcap_audio="{PCAPS}/dtmf_2833_{key}.pcap"/></action></nop>\n'
            '  <pause milliseconds="400"/>'
            for key in (_KEYS.get(key, key) for key in keys)
        )
    else:
        port = "rtpstream_audio_port"
        speech = directory / "speech.ulaw"
        speech.write_bytes(MU_LAW.encode(pcm))
        media = f'  <nop><action><exec rtp_stream="{speech},-1,0"/></action></nop>'
    scenario = directory / "scenario.xml"
    scenario.write_text(SCENARIO.format(port=port, media=media, talk_ms=round(talk_s * 1000)))
    process = await asyncio.create_subprocess_exec(
        program,
        f"{target[0]}:{target[1]}",
        *("-sf", str(scenario), "-s", "ivr", "-i", "127.0.0.1", "-mi", "127.0.0.1"),
        *("-p", str(free_port()), "-mp", "30000"),
        *("-m", str(calls), "-l", str(calls), "-r", str(rate), "-nostdin", "-trace_stat", "-fd", "1"),
        *("-timeout", f"{round(talk_s + calls / rate + 20)}s", "-timeout_error"),
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    figures = _figures(directory)
    if figures is None:
        return Outcome(0, calls, output.decode(errors="replace"))
    with figures.open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return Outcome(
        int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), output.decode(errors="replace")[-2000:]
    )


def _figures(directory: Path) -> Path | None:
    return next(directory.glob("scenario_*_.csv"), None)


_KEYS = {"*": "star", "#": "pound"}
