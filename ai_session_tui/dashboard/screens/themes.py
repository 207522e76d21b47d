"""The list of themes: each is shown while it is highlighted, and kept when it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ai_session_tui.dashboard.screens.chooser import Choice, Chooser
from ai_session_tui.styles.themes import THEMES

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


class ThemeChooser(Chooser[str]):
    """Offers the themes, ours first."""

    HEADING = "theme"

    def __init__(self) -> None:
        super().__init__()
        self._before = ""

    def choices(self) -> list[Choice[str]]:
        """Return all themes."""
        self._before = self.app.theme
        ours = [theme.name for theme in THEMES]
        names = [*ours, *sorted(name for name in self.app.available_themes if name not in ours)]
        return [Choice(name, name, "dark" if self.app.available_themes[name].dark else "light") for name in names]

    def first_highlighted(self) -> int:
        """Begin at the theme in force."""
        return next((at for at, choice in enumerate(self._shown) if choice.value == self._before), 0)

    def highlighted(self, value: str) -> None:
        """Show it."""
        self.app.theme = value

    def dismiss(self, result: str | None = None) -> object:  # type: ignore[override]
        """Keep what was chosen, or go back."""
        app = cast("Dashboard", self.app)
        if result is None:
            app.theme = self._before
        else:
            app.run_worker(app.keep_theme(result), group="theme")
        return super().dismiss(result)
