"""The version of the program and of the protocol it speaks. Imports nothing, so any process can say it."""

VERSION = "0.1.0"

# The protocol's number rises when an old peer could misunderstand a new one; additions do not raise it.
PROTOCOL = 1
