"""What the user chose in the dashboard, read from and written to the settings of the home."""

from __future__ import annotations

from ai_session_tui.config import Settings, load_settings
from ai_session_tui.errors import ConfigError
from ai_session_tui.paths import Home


class Preferences:
    """The settings that the dashboard reads and changes."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        self.leader = settings.leader
        self.theme = settings.theme
        self.reduced_motion = settings.reduced_motion
        self.notify = settings.notify

    @classmethod
    def load(cls, home: Home) -> tuple[Preferences, ConfigError | None]:
        """Return the preferences, and what is wrong with the file: the dashboard opens nevertheless."""
        try:
            return cls(home, load_settings(home.config)), None
        except ConfigError as error:
            return cls(home, Settings()), error

    def save(self, key: str, value: str) -> None:
        """Write one setting to the file (blocking); raises `ConfigError`, `StorageError`."""
        from ai_session_tui.config_editing import set_value

        set_value(self._home.config, key, value)
