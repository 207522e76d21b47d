"""What can be done, by subject: each declares its actions (`actions.action`) beside the code that does them.

They are thin: a verb asks the server for something, or opens a screen, which it imports only then.
"""

from importlib import import_module

SUBJECTS = ("moving", "panes", "sessions", "forms", "inspecting", "reading", "viewing")


def load() -> None:
    """Import every subject, so that the registry is complete."""
    for subject in SUBJECTS:
        import_module(f"{__name__}.{subject}")
