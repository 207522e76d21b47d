"""The protocol between a server and its clients, without any I/O: bytes in, messages out (see docs/protocol.md)."""
