"""A mail server in a process of its own: it writes down each recipient it took, before it says so.

    python sink_process.py PORT FILE [SECONDS [LIFE]]     SECONDS: wait so long before the answer to the final dot
                                                          LIFE: end after so many seconds, 900 unless given

It offers pipelining and nothing else, and listens on 127.0.0.1 only. While there is a file FILE.brake with a number
in it, each answer after so many mails waits a quarter of a second: whoever does something to a sender in the middle
of a send has time for it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import suppress
from pathlib import Path

#: seconds that each answer waits when the brake is on
SLOW = 0.25


class Log:
    """Whom it took mails for, and how long the answer to each waits."""

    def __init__(self, path: str, wait: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._brake = Path(f"{path}.brake")
        self._wait = wait
        self._taken = itertools.count(1)

    def take(self, recipient: bytes) -> float:
        """Write a recipient down; return for how many seconds the answer waits."""
        os.write(self._file, recipient + b"\n")
        number = next(self._taken)
        with suppress(FileNotFoundError):
            return SLOW if number >= int(self._brake.read_text()) else self._wait
        return self._wait


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Log) -> None:
    recipient = b""
    writer.write(b"220 sink ESMTP\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"EHLO":
            writer.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif word == b"RCPT":
            recipient = line.split(b"<")[1].split(b">")[0]
            writer.write(b"250 2.1.5 Ok\r\n")
        elif word == b"DATA":
            writer.write(b"354 Go on\r\n")
            await writer.drain()
            await reader.readuntil(b"\r\n.\r\n")
            await asyncio.sleep(log.take(recipient))
            writer.write(b"250 2.0.0 Ok\r\n")
        elif word == b"QUIT":
            writer.write(b"221 Bye\r\n")
            break
        else:
            writer.write(b"250 2.1.0 Ok\r\n")
        await writer.drain()


async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Log) -> None:
    try:
        await converse(reader, writer, log)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the sender was killed
    finally:
        writer.close()


async def main(port: int, path: str, wait: float, life: float) -> None:
    log = Log(path, wait)
    server = await asyncio.start_server(lambda r, w: served(r, w, log), "127.0.0.1", port, limit=1 << 20)
    print("ready", flush=True)
    async with server:
        await asyncio.wait_for(server.serve_forever(), life)


if __name__ == "__main__":
    seconds = [float(given) for given in sys.argv[3:]]
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], *(seconds + [0.0, 900.0][len(seconds) :])))
