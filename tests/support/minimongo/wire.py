"""MongoDB's wire protocol: OP_MSG, and OP_QUERY with which drivers greet."""

import socket
import socketserver
import struct
from pathlib import Path
from typing import Any

import bson

from support.minimongo.commands import Server
from support.minimongo.store import CODEC
from support.minimongo.values import Document

_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_HEADER = struct.Struct("<iiii")  # length with this header, id, id of the request, operation
_LENGTH = struct.Struct("<i")
_CHECKSUM_FLAG, _NO_REPLY_FLAG = 1, 2
_CHECKSUM_BYTES = 4
_DOCUMENT_SECTION = 0


class TcpServer(socketserver.ThreadingTCPServer):
    """Listens on loopback; one thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, port: int) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.documents = Server(path)


class Connection(socketserver.BaseRequestHandler):
    """One client."""

    server: TcpServer

    def handle(self) -> None:
        """Answer until the client goes."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while header := self._receive(_HEADER.size):
                length, request, _, operation = _HEADER.unpack(header)
                body = self._receive(length - _HEADER.size)
                if body and operation == _OP_MSG:
                    self._answer_message(request, body)
                elif body and operation == _OP_QUERY:
                    self._answer_query(request, body)
                else:
                    return
        except ConnectionError:
            return

    def _answer_message(self, request: int, body: bytes) -> None:
        [flags] = struct.unpack_from("<I", body)
        end = len(body) - (_CHECKSUM_BYTES if flags & _CHECKSUM_FLAG else 0)
        reply = self.server.documents.answer(_command(body[4:end]))
        if not flags & _NO_REPLY_FLAG:
            self._send(request, _OP_MSG, struct.pack("<IB", 0, 0) + bson.encode(reply))

    def _answer_query(self, request: int, body: bytes) -> None:
        # Flags, the collection's name, two numbers, the command.
        name_end = body.index(b"\0", 4)
        command = bson.decode(_document_at(body, name_end + 9), CODEC)
        command = command.get("$query", command)
        command.setdefault("$db", body[4:name_end].decode().partition(".")[0])
        reply = self.server.documents.answer(command)
        self._send(request, _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(reply))

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            more = self.request.recv(count - len(received))
            if not more:
                return b""
            received += more
        return bytes(received)

    def _send(self, request: int, operation: int, body: bytes) -> None:
        header = _HEADER.pack(_HEADER.size + len(body), 0, request, operation)
        self.request.sendall(header + body)


def _command(sections: bytes) -> Document:
    """The command of an OP_MSG: one document, and lists of documents that belong into it."""
    command: Document = {}
    lists: dict[str, Any] = {}
    position = 0
    while position < len(sections):
        kind = sections[position]
        section = _document_at(sections, position + 1)
        if kind == _DOCUMENT_SECTION:
            command = bson.decode(section, CODEC)
        else:
            name_end = section.index(b"\0", _LENGTH.size)
            name = section[_LENGTH.size : name_end].decode()
            lists[name] = bson.decode_all(section[name_end + 1 :], CODEC)
        position += 1 + len(section)
    return command | lists


def _document_at(data: bytes, position: int) -> bytes:
    [length] = _LENGTH.unpack_from(data, position)
    return data[position : position + length]
