"""A link that plays a small server: shells that know `echo`, splits, layouts; what the real one does, in little."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ai_session_tui.layouts import from_plain, panes, remove, single, split, to_plain
from ai_session_tui.server.frames import FrameSource
from ai_session_tui.terminal import Terminal
from tests.dashboard.fakes import FakeLink, FakeWatch, pane_wire, session_wire

PROMPT = "$ "


class Shell:
    """A terminal with a line editor of one line."""

    def __init__(self) -> None:
        self.terminal = Terminal(80, 24)
        self.terminal.feed(PROMPT.encode())
        self._line = ""

    def take(self, data: bytes) -> None:
        for sign in data.decode():
            if sign == "\r":
                said = self._line.partition("echo ")[2]
                self.terminal.feed(f"\r\n{said}\r\n{PROMPT}".encode() if said else f"\r\n{PROMPT}".encode())
                self._line = ""
            elif sign.isprintable():
                self._line += sign
                self.terminal.feed(sign.encode())


class PlayingLink(FakeLink):
    """Sessions with shells; who watches one gets its frames."""

    def __init__(self, *names: str) -> None:
        super().__init__(*(session_wire(name) for name in names))
        for session in self.sessions:
            session["layout"] = to_plain(single(f"{session['name']}-1"))
        self.shells: dict[str, Shell] = {}
        self.sources: dict[str, FrameSource] = {}
        self.answers |= {
            "pane.split": self._split,
            "pane.close": self._close,
            "pane.resize": self._resize,
            "layout.set": self._set_layout,
        }

    def watch(self, target: str, on_frame: Callable[..., object], on_end: object = None) -> FakeWatch:  # type: ignore[override]
        found = super().watch(target, on_frame, on_end)
        self.sources[target] = FrameSource()
        self.draw(target)
        return found

    def type(self, target: str, data: bytes) -> bool:
        typed = super().type(target, data)
        self._shell(target).take(data)
        self.draw(target)
        return typed

    def draw(self, target: str) -> None:
        frame = self.sources[target].next_frame(self._shell(target).terminal) if target in self.watches else None
        if frame is not None:
            self.watches[target].feed(frame)

    def _shell(self, target: str) -> Shell:
        return self.shells.setdefault(target, Shell())

    def _session(self, target: object) -> dict[str, object]:
        return next(one for one in self.sessions if one["id"] == str(target).partition(":")[0])

    def _changed(self, session: dict[str, object]) -> None:
        self.happen("session", **session)

    def _split(self, params: Mapping[str, object]) -> object:
        session = self._session(params["target"])
        old: list[dict[str, object]] = list(session["panes"])  # type: ignore[call-overload]
        at = int(str(params["target"]).partition(":")[2])
        if "show" in params:
            shown = self._session(params["show"])["panes"][int(str(params["show"]).partition(":")[2]) - 1]  # type: ignore[index]
            layout = split(from_plain(session["layout"]), str(old[at - 1]["id"]), "right", str(shown["id"]))
            session["layout"] = to_plain(layout)
            self._changed(session)
            return shown
        made = pane_wire(f"{session['name']}-{len(old) + 1}", len(old) + 1)
        session["panes"] = [*old, made]
        layout = split(from_plain(session["layout"]), str(old[at - 1]["id"]), params["direction"], str(made["id"]))  # type: ignore[arg-type]
        session["layout"] = to_plain(layout)
        self._changed(session)
        return made

    def _close(self, params: Mapping[str, object]) -> object:
        session = self._session(params["target"])
        index = int(str(params["target"]).partition(":")[2])
        gone = next(one for one in session["panes"] if one["index"] == index)  # type: ignore[attr-defined]
        session["panes"] = [one for one in session["panes"] if one is not gone]  # type: ignore[attr-defined]
        left = remove(from_plain(session["layout"]), str(gone["id"]))
        assert left is not None
        session["layout"] = to_plain(left)
        self._changed(session)
        return {"gone": [], "survived": []}

    def _resize(self, params: Mapping[str, object]) -> object:
        target = str(params["target"])
        self._shell(target).terminal.resize(int(str(params["columns"])), int(str(params["rows"])))
        self.draw(target)
        return {}

    def _set_layout(self, params: Mapping[str, object]) -> object:
        session = self._session(params["target"])
        layout = from_plain(params["layout"])
        assert set(panes(layout)) <= {str(one["id"]) for each in self.sessions for one in each["panes"]}  # type: ignore[attr-defined]
        session["layout"] = to_plain(layout)
        self._changed(session)
        return session["layout"]
