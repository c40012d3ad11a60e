"""A DNS server that answers every question for an IPv4 address with 127.0.0.1."""

import socket
import struct
import threading

import pytest


class NameServer:
    # Not 127.0.0.53, where systemd-resolved listens. The port of a DNS server cannot be chosen.
    address = "127.0.0.77"

    def __enter__(self):
        self.names = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Closing the socket does not end a wait for it.
        self._socket.settimeout(1)
        try:
            self._socket.bind((self.address, 53))
        except OSError as error:
            self._socket.close()
            pytest.skip(f"port 53 cannot be used: {error}")
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, client = self._socket.recvfrom(512)
            except TimeoutError:
                continue
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            question = query[12:end]
            self.names.append(self._name(question))
            is_ipv4 = struct.unpack(">H", question[-4:-2])[0] == 1
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if is_ipv4 else b""
            header = query[:2] + b"\x81\x80\0\1" + struct.pack(">H", 1 if is_ipv4 else 0) + bytes(4)
            self._socket.sendto(header + question + answer, client)

    @staticmethod
    def _name(question):
        labels, position = [], 0
        while question[position]:
            labels.append(question[position + 1 : position + 1 + question[position]].decode())
            position += question[position] + 1
        return ".".join(labels)
