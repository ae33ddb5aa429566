#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""pg_proxy.py SOCKET SERVER LOG: passes connections to the Unix socket SOCKET on to the server's, SERVER, with each answer a
millisecond later. When a connection ends, LOG gets a line: how often it waited for an answer after it was there, and how many rows came.
Nobody waits for the answer to a ROLLBACK that was sent alone: the next message follows it at once."""
import asyncio
import os
import sys

socket, server, log = sys.argv[1:]


async def forward(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def answers(reader, writer, count):
    buffer, done = b"", []
    try:
        while data := await reader.read(65536):
            buffer += data
            while len(buffer) >= 5 and len(buffer) > int.from_bytes(buffer[1:5], "big"):
                kind, size = buffer[:1], 1 + int.from_bytes(buffer[1:5], "big")
                count[kind] = count.get(kind, 0) + 1
                if kind == b"C":
                    done.append(buffer[5 : size - 1])
                if kind == b"Z":
                    count[kind] -= done == [b"ROLLBACK"]
                    done = []
                buffer = buffer[size:]
            await asyncio.sleep(0.001)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def client(reader, writer):
    count = {}
    there, to = await asyncio.open_unix_connection(server)
    await asyncio.gather(forward(reader, to), answers(there, writer, count))
    with open(log, "a") as f:
        print(count.get(b"Z", 1) - 1, count.get(b"D", 0), file=f)


async def main():
    listening = await asyncio.start_unix_server(client, socket)
    os.chmod(socket, 0o777)
    await listening.serve_forever()


asyncio.run(main())
