"""The Model Context Protocol over stdio: agents use sessions as tools. One more client of the library.

The protocol is JSON-RPC 2.0, one message a line. The official package is not used: of it we would need this much, and
it brings a web framework and some thirty packages along, and takes a second to import.
"""
