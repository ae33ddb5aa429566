#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""pg_proxy.py SOCKET SERVER LOG: passes connections to the Unix socket SOCKET on to the server's, SERVER, with each answer a
millisecond later. When a connection ends, LOG gets a line: how often it waited for an answer after it was there, and how many rows came.
Nobody waits for the answer to a ROLLBACK or an unlock that was sent alone: the next message follows it at once."""
import asyncio
import os
import sys

socket, server, log = sys.argv[1:]
UNAWAITED = b"ROLLBACK", b"SELECT pg_advisory_unlock"


class Client:
    def __init__(self):
        self.waits = self.rows = 0
        self.statements, self.names, self.sent = [], {}, []

    def said(self, kind, body):
        """A message of the protocol: Parse, Bind of a statement, or Sync, the end of what is waited for."""
        if kind == b"P":
            name, sql = body.split(b"\0")[:2]
            self.names[name] = sql
        elif kind == b"B":
            self.statements.append(self.names.get(body.split(b"\0", 2)[1], b""))
        elif kind == b"S":
            lone = len(self.statements) == 1 and self.statements[0].startswith(UNAWAITED)
            self.sent.append(lone)
            self.statements = []

    def answered(self, kind, body):
        self.rows += kind == b"D"
        if kind == b"Z":  # the first one ends the connection's begin
            self.waits += bool(self.sent) and not self.sent.pop(0)


async def forward(reader, writer, client):
    buffer, begun = b"", False
    try:
        while data := await reader.read(65536):
            writer.write(data)
            buffer += data
            while len(buffer) >= 5:
                head = 1 if begun else 0
                size = head + int.from_bytes(buffer[head : head + 4], "big")
                if len(buffer) < size:
                    break
                if begun:
                    client.said(buffer[:1], buffer[5:size])
                begun, buffer = True, buffer[size:]
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def answers(reader, writer, client):
    buffer = b""
    try:
        while data := await reader.read(65536):
            buffer += data
            while len(buffer) >= 5 and len(buffer) > int.from_bytes(buffer[1:5], "big"):
                size = 1 + int.from_bytes(buffer[1:5], "big")
                client.answered(buffer[:1], buffer[5:size])
                buffer = buffer[size:]
            await asyncio.sleep(0.001)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def serve(reader, writer):
    client = Client()
    there, to = await asyncio.open_unix_connection(server)
    await asyncio.gather(forward(reader, to, client), answers(there, writer, client))
    with open(log, "a") as f:
        print(client.waits, client.rows, file=f)


async def main():
    listening = await asyncio.start_unix_server(serve, socket)
    os.chmod(socket, 0o777)
    await listening.serve_forever()


asyncio.run(main())
