"""Work beside the screen: of each kind the newest counts, an older one that is still under way is given up."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.worker import WorkType

_Given = ParamSpec("_Given")


def newest(
    node: DOMNode,
    group: str,
    work: Callable[_Given, Coroutine[None, None, None]],
    *given: _Given.args,
    **named: _Given.kwargs,
) -> None:
    """Begin work, in the place of what has begun in this group before.

    The coroutine is made when its turn comes: one that is replaced before that would complain of never being awaited.
    """
    start = cast("WorkType[None]", partial(work, *given, **named))
    node.run_worker(start, group=group, exclusive=True, exit_on_error=False)
