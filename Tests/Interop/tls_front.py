"""TLS over TCP in front of a server on a Unix socket, as Postgres and Redis are reached on AWS."""

import select
import socket
import ssl
import subprocess
import threading
from pathlib import Path

SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


def make_certificate(folder):
    """A self-signed certificate for 127.0.0.1, and its key."""
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


class TLSFront:
    """A listener that runs while the context is open."""

    def __init__(self, path, certificate, key, asks_first=False):
        """`asks_first`: whether the client requests TLS before the handshake, as in Postgres' protocol."""
        self.path = str(path)
        self.asks_first = asks_first
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.encrypted = 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client, socket.socket(socket.AF_UNIX) as server:
                if self.asks_first:
                    assert client.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
                    client.sendall(b"S")
                with self.context.wrap_socket(client, server_side=True) as encrypted:
                    self.encrypted += 1
                    server.connect(self.path)
                    self._exchange(encrypted, server)
        except OSError:
            pass

    @staticmethod
    def _exchange(client, server):
        while True:
            readable = [client] if client.pending() else select.select([client, server], [], [])[0]
            for source in readable:
                content = source.recv(65536)
                if not content:
                    return
                (server if source is client else client).sendall(content)
