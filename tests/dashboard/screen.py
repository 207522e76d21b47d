"""What a Textual application shows, as text."""

from __future__ import annotations

from textual.app import App


def screen_text(app: App[object]) -> str:
    """Return the lines on the screen."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    del width
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips[:height])
