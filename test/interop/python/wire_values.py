"""Values as JSON that keeps what JSON loses: the kind of a number, NaN and infinities, big integers, bytes.

1 is an integer, {"$float": "1.0"} a float with an integral value, {"$int": "9007199254740993"} an integer beyond 2^53,
{"$bytes": "00ff"} a byte string. Every other float is a plain number.
"""

import math
from typing import Any

SAFE = 2**53


def show(value: Any) -> Any:
    """A value received over WAMP, as JSON for the test."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < SAFE else {"$int": str(value)}
    if isinstance(value, float):
        if math.isnan(value):
            return {"$float": "nan"}
        if math.isinf(value) or value == int(value):
            return {"$float": repr(value)}
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [show(v) for v in value]
    if isinstance(value, dict):
        return {str(k): show(v) for k, v in value.items()}
    return {"$unknown": repr(value)}


def take(value: Any) -> Any:
    """The opposite of show: JSON from the test, as a value to send over WAMP."""
    if isinstance(value, list):
        return [take(v) for v in value]
    if isinstance(value, dict):
        if len(value) == 1:
            (key, text), = value.items()
            if key == "$float":
                return float(text)
            if key == "$int":
                return int(text)
            if key == "$bytes":
                return bytes.fromhex(text)
        return {k: take(v) for k, v in value.items()}
    return value
