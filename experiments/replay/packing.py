"""Numbers on their way into a page: arrays and a description of them in one compressed piece of text.

The piece is base64 of a zlib stream, which every browser of today can open by itself (`DecompressionStream`). In it:
the length of the description (4 bytes, little-endian), the description (JSON, ASCII), and the arrays, each on a
multiple of 8 bytes. The same content gives the same text.
"""

import base64
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

_WHOLE = ("u1", "u2", "i1", "i2", "u4", "i4")
"""Types for whole numbers, small ones first."""
_ALIGNED = 8


class Packed(NamedTuple):
    """What a page holds, taken out again.

    Args:
        about: the description: what is not an array.
        arrays: by name.
    """

    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def packed(about: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> str:
    """A description and its arrays as text; whole numbers take the smallest type that holds them, others 64 bits.

    Raises:
        ValueError: a whole number needs more than 32 bits.
    """
    places, parts, offset = {}, [], 0
    for name, values in arrays.items():
        array = _small(np.asarray(values))
        places[name] = [array.dtype.str[1:], offset, len(array)]
        content = array.tobytes()
        content += bytes(-len(content) % _ALIGNED)
        parts.append(content)
        offset += len(content)
    words = json.dumps({"about": about, "arrays": places}, allow_nan=False, separators=(",", ":")).encode("ascii")
    words += b" " * (-(len(words) + 4) % _ALIGNED)
    whole = b"".join([struct.pack("<I", len(words)), words, *parts])
    return base64.b64encode(zlib.compress(whole, 6)).decode("ascii")


def unpacked(text: str) -> Packed:
    """What `packed` has packed."""
    whole = zlib.decompress(base64.b64decode(text))
    (length,) = struct.unpack_from("<I", whole)
    described = json.loads(whole[4 : 4 + length])
    begin = 4 + length
    arrays = {
        name: np.frombuffer(whole, dtype=f"<{kind}", count=number, offset=begin + offset)
        for name, (kind, offset, number) in described["arrays"].items()
    }
    return Packed(described["about"], arrays)


def _small(values: NDArray[Any]) -> NDArray[Any]:
    """One row of numbers in the smallest type that holds them."""
    flat = values.ravel()
    if flat.dtype.kind == "f":
        return flat.astype("<f8")
    if not len(flat):
        return flat.astype("u1")
    low, high = int(flat.min()), int(flat.max())
    for kind in _WHOLE:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return flat.astype(f"<{kind}")
    raise ValueError(f"numbers from {low} to {high} need more than 32 bits")
