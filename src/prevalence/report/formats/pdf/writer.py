"""A PDF file as it is written: objects are packed many together, which makes a file with tags for screen readers a fifth as large."""

from __future__ import annotations

import hashlib
import zlib

PACK = 200
"""Objects that are packed together."""
STREAM_END = b"\nendstream"


class Writer:
    """Takes objects one at a time and keeps them packed (ISO 32000-1, 7.5.7 and 7.5.8)."""

    def __init__(self) -> None:
        self._out = bytearray(b"%PDF-1.7\n%\x80\x80\x80\x80\n")
        self._places: list[tuple[int, int, int]] = [(0, 0, 65535)]
        self._waiting: list[tuple[int, bytes]] = []

    def reserve(self) -> int:
        """Return the number of an object that will come."""
        self._places.append((0, 0, 0))
        return len(self._places) - 1

    def put(self, number: int, body: bytes) -> None:
        """Write an object under its number."""
        if body.endswith(STREAM_END):
            self._stand(number, body)
            return
        self._waiting.append((number, body))
        if len(self._waiting) == PACK:
            self._pack()

    def close(self, root: int, info: int) -> bytes:
        """Return the file; `root` is the number of its catalogue, `info` that of the object with its title."""
        self._pack()
        number = self.reserve()
        self._places[number] = (1, len(self._out), 0)
        rows = b"".join(kind.to_bytes(1) + place.to_bytes(5) + index.to_bytes(2) for kind, place, index in self._places)
        same = hashlib.sha256(self._out).hexdigest()[:32].encode()
        head = b"/Type/XRef/Size %d/W[1 5 2]/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]" % (len(self._places), root, info, same, same)
        start = len(self._out)
        self._stand(number, _stream(head, rows))
        self._out += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(self._out)

    def _stand(self, number: int, body: bytes) -> None:
        self._places[number] = (1, len(self._out), 0)
        self._out += b"%d 0 obj\n%b\nendobj\n" % (number, body)

    def _pack(self) -> None:
        if not self._waiting:
            return
        pack = self.reserve()
        index, start = [], 0
        for place, (number, body) in enumerate(self._waiting):
            self._places[number] = (2, pack, place)
            index.append(b"%d %d" % (number, start))
            start += len(body) + 1
        first = b" ".join(index) + b"\n"
        head = b"/Type/ObjStm/N %d/First %d" % (len(self._waiting), len(first))
        self._stand(pack, _stream(head, first + b"\n".join(body for _, body in self._waiting)))
        self._waiting = []


def _stream(head: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<<%b/Length %d/Filter/FlateDecode>>\nstream\n%b%b" % (head, len(packed), packed, STREAM_END)
