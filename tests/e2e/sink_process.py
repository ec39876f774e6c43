"""A mail server in a process of its own: it writes down each recipient it took, before it says so.

    python sink_process.py PORT FILE [SECONDS [LIFE]]     SECONDS: wait so long before the answer to the final dot
                                                          LIFE: end after so many seconds, 300 unless given

It offers pipelining and nothing else, and listens on 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import os
import sys


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: int, wait: float) -> None:
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
            os.write(log, recipient + b"\n")
            await asyncio.sleep(wait)
            writer.write(b"250 2.0.0 Ok\r\n")
        elif word == b"QUIT":
            writer.write(b"221 Bye\r\n")
            break
        else:
            writer.write(b"250 2.1.0 Ok\r\n")
        await writer.drain()
    writer.close()


async def main(port: int, path: str, wait: float, life: float) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    server = await asyncio.start_server(lambda r, w: converse(r, w, log, wait), "127.0.0.1", port, limit=1 << 20)
    print("ready", flush=True)
    async with server:
        await asyncio.wait_for(server.serve_forever(), life)


if __name__ == "__main__":
    seconds = [float(given) for given in sys.argv[3:]]
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], *(seconds + [0.0, 300.0][len(seconds) :])))
