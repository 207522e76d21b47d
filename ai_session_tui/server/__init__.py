"""The server: it owns every session of one home and serves all faces. Nothing slow runs on its loop."""
