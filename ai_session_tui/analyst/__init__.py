"""The analyst: what is worked out about outputs, in a process of its own that a bad output may cost its life."""
