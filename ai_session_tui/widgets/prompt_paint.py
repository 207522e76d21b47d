"""Painting a widget now instead of at the next tick of Textual's screen timer.

An echo would otherwise wait through three queues and up to a sixtieth of a second. Invariant: only the regions that the
widget itself has marked are painted, by the layout that is on the screen; what else is due is left to the timer, so a
change of layout that is on its way is neither hastened nor lost.
"""

from __future__ import annotations

from textual._compositor import Compositor
from textual.widget import Widget


def paint_now(widget: Widget) -> None:
    """Paint what `refresh` has marked in a widget, unless its screen is covered or being laid out."""
    screen = widget.screen
    if not widget._repaint_required or not screen.is_current or screen.app._batch_count or screen._layout_required:
        return
    compositor: Compositor = screen._compositor
    place = compositor.visible_widgets.get(widget)
    if place is None:
        return
    widget._repaint_required = False
    region, clip = place
    marked = (clip.intersection(one.translate(region.offset)) for one in widget._exchange_repaint_regions())
    due, compositor._dirty_regions = compositor._dirty_regions, {one for one in marked if one}
    update = compositor.render_partial_update() if compositor._dirty_regions else None
    compositor._dirty_regions = due
    screen.app._display(screen, update)
