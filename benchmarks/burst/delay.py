"""`python -m benchmarks.burst.delay PORT HOST PORT MILLISECONDS`: a TCP relay that delays what clients send."""

from __future__ import annotations

import asyncio
import sys

_CHUNK = 1 << 16


async def serve(port: int, host: str, server_port: int, delay: float) -> None:
    """Relay connections on the port until the process is ended."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(host, server_port)
        await asyncio.gather(_copy(reader, server_writer, delay), _copy(server_reader, writer, 0))

    server = await asyncio.start_server(relay, "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Every chunk as late as it came, so that chunks that follow each other closely are delayed side by side."""
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(_CHUNK):
            loop.call_later(delay, writer.write, data) if delay else writer.write(data)
    except ConnectionError:
        pass
    finally:
        loop.call_later(delay, writer.close)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) / 1000))
