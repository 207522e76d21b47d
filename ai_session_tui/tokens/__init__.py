"""Counting tokens as the language models do, on a machine without a network; an estimate always says that it is one."""

from .counting import TokenCount, Tokenizer, estimated, tokenizer

__all__ = ["TokenCount", "Tokenizer", "estimated", "tokenizer"]
