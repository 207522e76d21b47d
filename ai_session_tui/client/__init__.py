"""Clients of a server: one blocking and thin for the subcommands, others for programs that use the library."""
