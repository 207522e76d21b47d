"""A small Textual app with the widgets that make terminals sweat."""

from textual.app import App, ComposeResult
from textual.widgets import Button, DataTable, Footer, Header, Input, ProgressBar, RichLog, Static


class Counter(App[None]):
    """Tables, borders, colours, emoji, a progress bar."""

    CSS = "RichLog {height: 8; border: round green} DataTable {height: 9} Static {background: $primary; padding: 1}"
    TITLE = "Counter"

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("Größe 漢字 👩‍🚀 ✅ [b]bold[/b] [u]underlined[/u] [s]struck[/s]")
        yield Input(placeholder="type here")
        yield DataTable()
        yield RichLog()
        yield ProgressBar(total=100)
        yield Button("Press")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("name", "wide 漢", "number")
        for number in range(40):
            table.add_row(f"row {number}", "字" * (number % 5), str(number * 37))
        log = self.query_one(RichLog)
        for number in range(20):
            log.write(f"log line {number} with some text")
        self.query_one(ProgressBar).advance(42)


Counter().run()
