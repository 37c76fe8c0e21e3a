"""Numbers on their way into a page: arrays and a description of them in one compressed piece of text.

The piece is base64 of a zlib stream, which every browser of today can open by itself (`DecompressionStream`). In it:
the length of the description (4 bytes, little-endian), the description (JSON, ASCII), and the arrays. An array lies
there byte by byte: first the lowest byte of every number, then the next; columns that mostly grow hold differences.
Both make it much smaller. The same content gives the same text.
"""

import base64
import json
import struct
import zlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

_WHOLE = ("u1", "u2", "i1", "i2", "u4", "i4")
"""Types for whole numbers, small ones first."""


class Packed(NamedTuple):
    """What a page holds, taken out again.

    Args:
        about: the description: what is not an array.
        arrays: by name.
    """

    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def packed(about: Mapping[str, Any], arrays: Mapping[str, ArrayLike], growing: Collection[str] = ()) -> str:
    """A description and its arrays as text; whole numbers take the smallest type that holds them, others 64 bits.

    Args:
        about: whatever JSON can hold.
        arrays: one row of numbers each.
        growing: names of arrays of whole numbers that are packed as differences.

    Raises:
        ValueError: a whole number needs more than 32 bits.
    """
    places, parts, offset = {}, [], 0
    for name, values in arrays.items():
        flat = np.asarray(values).ravel()
        grows = name in growing
        array = _small(np.diff(flat.astype(np.int64), prepend=0) if grows else flat)
        places[name] = [array.dtype.str[1:], offset, len(array), int(grows)]
        parts.append(array.view("u1").reshape(len(array), array.itemsize).T.tobytes())
        offset += array.nbytes
    words = json.dumps({"about": about, "arrays": places}, allow_nan=False, separators=(",", ":")).encode("ascii")
    whole = b"".join([struct.pack("<I", len(words)), words, *parts])
    return base64.b64encode(zlib.compress(whole, 6)).decode("ascii")


def unpacked(text: str) -> Packed:
    """What `packed` has packed."""
    whole = zlib.decompress(base64.b64decode(text))
    (length,) = struct.unpack_from("<I", whole)
    described = json.loads(whole[4 : 4 + length])
    begin = 4 + length
    arrays = {}
    for name, (kind, offset, number, grows) in described["arrays"].items():
        size = np.dtype(kind).itemsize
        pieces = np.frombuffer(whole, dtype="u1", count=number * size, offset=begin + offset).reshape(size, number)
        values = np.ascontiguousarray(pieces.T).reshape(-1).view(f"<{kind}")
        arrays[name] = np.cumsum(values, dtype=np.int64) if grows else values
    return Packed(described["about"], arrays)


def _small(values: NDArray[Any]) -> NDArray[Any]:
    """One row of numbers in the smallest type that holds them."""
    if values.dtype.kind == "f":
        return values.astype("<f8")
    if not len(values):
        return values.astype("u1")
    low, high = int(values.min()), int(values.max())
    for kind in _WHOLE:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return values.astype(f"<{kind}")
    raise ValueError(f"numbers from {low} to {high} need more than 32 bits")
