"""Credentials of files, built by hand so that they can also be invalid."""

import base64
import hashlib
import hmac
import json
import time

SECRET = b"0123456789abcdef0123456789abcdef"
SECRETS = f"test:{base64.b64encode(SECRET).decode()}"


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def credential(file, expiry=None, *, secret=SECRET, header=None, payload=None):
    """A token for a file; header and payload can be replaced, by objects or by text."""
    parts = [
        header if header is not None else {"alg": "HS256", "kid": "test", "typ": "JWT"},
        payload if payload is not None else {"exp": int(expiry or time.time() + 1000), "sub": file},
    ]
    texts = [part if isinstance(part, str) else json.dumps(part, separators=(",", ":")) for part in parts]
    signed = ".".join(base64url(text.encode()) for text in texts)
    return f"{signed}.{base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
