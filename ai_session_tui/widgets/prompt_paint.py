"""Painting a widget now instead of at the next tick of Textual's screen timer.

An echo would otherwise wait through three queues and up to a sixtieth of a second. This is what the timer does when
it fires, for one widget; whatever else is due is painted with it. Invariant: nothing is painted that a tick would not
paint: not on a screen that is covered, not during a batch.
"""

from __future__ import annotations

from textual.widget import Widget


def paint_now(widget: Widget) -> None:
    """Paint what `refresh` has marked in a widget."""
    screen = widget.screen
    if not screen.is_current or screen.app._batch_count or not widget._repaint_required:
        return
    widget._repaint_required = False
    screen._dirty_widgets.add(widget)
    screen._on_timer_update()
