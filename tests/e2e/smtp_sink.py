"""A mail server of its own process that writes down whom it accepted a mail for, before it says so.

    python smtp_sink.py LOG [SECONDS]

Prints its port. The log is what the kill tests believe: one address a line, written before the 250 leaves,
so that a sender that dies without having read the answer is known to have been taken at its word.
"""

import asyncio
import os
import sys

USUAL = {b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 ENHANCEDSTATUSCODES", b"DATA": b"354 Go on"}


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: int, delay: float) -> None:
    recipient = b""
    writer.write(b"220 sink\r\n")
    try:
        while line := await reader.readline():
            verb = line[:4].upper().strip()
            if verb == b"RCPT":
                recipient = line[line.index(b"<") + 1 : line.index(b">")]
            writer.write(USUAL.get(verb, b"250 2.0.0 Ok") + b"\r\n")
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                os.write(log, recipient + b"\n")
                await asyncio.sleep(delay)
                writer.write(b"250 2.0.0 Ok: queued\r\n")
            elif verb == b"QUIT":
                break
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the sender was killed
    finally:
        writer.close()


async def main() -> None:
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    delay = float(sys.argv[2]) if len(sys.argv) > 2 else 0.003
    server = await asyncio.start_server(
        lambda reader, writer: converse(reader, writer, log, delay), "127.0.0.1", 0, limit=2**20
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
