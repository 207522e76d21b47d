"""A context as text, as Markdown, and as the messages that model interfaces take: pure functions of `context.get`.

Invariant: whatever a program or a user wrote is stripped of what a terminal would obey. Thin: subcommands import
it.
"""

from __future__ import annotations

from time import localtime, strftime

from ai_session_tui import figures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.conversation.shapes import ContextShape, DecisionShape, FailureShape, MessageShape

FORMATS = ("text", "markdown", "json", "openai", "anthropic")
RULE = "═" * 44

# C0 but for line end and tab, DEL, C1, and what turns the direction of text around.
_UNSAFE = (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_CLEAN = {sign: "\ufffd" for sign in _UNSAFE if chr(sign) not in "\n\t\r"} | {0x0D: None}
_HEALTH = {"optimal": "✅ Optimal", "full": "⚠️ Full", "over": "❌ Over limit"}
_STATES = {"prompt": "at its prompt", "continuation": "in the middle of a command line", "starting": "starting"}


def render(context: ContextShape, form: str) -> str:
    """Return a context in one of `FORMATS`, without a line end at its end."""
    if form == "text":
        return "\n".join(text_lines(context))
    if form == "markdown":
        return "\n".join(markdown_lines(context))
    from ai_session_tui.protocol import json_text

    if form == "openai":
        return json_text.encode({"messages": openai(context)})
    if form == "anthropic":
        return json_text.encode(anthropic(context))
    return json_text.encode(context)


def clean(text: object) -> str:
    """Return text, of any number of lines, without anything that a terminal would obey."""
    return str(text).translate(_CLEAN)


# text


def text_lines(context: ContextShape) -> list[str]:
    """Return the layout for people."""
    name = _line(context["session"]["name"])
    if context["budget"] is not None:
        return _brief_lines(context, name)
    lines = [f"📖 AI Context for session '{name}'", RULE, "", _numbers(context), ""]
    if context["note"]:
        lines += [_line(context["note"]), ""]
    lines += [*_timeline(context), "", *_state(context, name), ""]
    return lines + _closing(context)


def _brief_lines(context: ContextShape, name: str) -> list[str]:
    """Return the layout for a budget: nothing but what was asked for."""
    note = [_line(context["note"])] if context["note"] else []
    return [f"Context of {name}, {_numbers(context)}", *note, *_timeline(context), *_state(context, name)]


def _state(context: ContextShape, name: str) -> list[str]:
    """Return where the session is, what was decided and what is broken."""
    lines = [_where(context)]
    for decision in _not_in_timeline(context):
        lines += decision_lines(decision)
    return lines + [f"Unresolved: {_failure(name, failure)}" for failure in context["unresolved"]]


def _not_in_timeline(context: ContextShape) -> list[DecisionShape]:
    """Return the decisions that the messages shown do not tell in full."""
    told = {message["id"] for message in context["messages"] if not message.get("is_brief")}
    return [decision for decision in context["decisions"] if decision["id"] not in told]


def _numbers(context: ContextShape) -> str:
    about = "~" if context["is_estimate"] else ""
    tokens = context["tokens"]
    used = figures.UNKNOWN if tokens is None else f"{about}{tokens:,}"
    return (
        f"Messages: {figures.count(context['message_count'])} | Tokens: {used} / {context['max_tokens']:,} | "
        f"Compressions: {figures.count(context['compressions'])}"
    )


def _timeline(context: ContextShape) -> list[str]:
    lines = message_lines(context["messages"])
    if context["left_out"]:
        lines.append(f"... ({context['left_out']:,} more not shown)")
    elif not lines:
        lines.append("No messages yet." if context["since"] is None else "Nothing new.")
    return lines


def message_lines(messages: list[MessageShape]) -> list[str]:
    """Return messages for people, each with its time and role."""
    lines = []
    for message in messages:
        first, *rest = clean(_told(message)).split("\n")
        mark = f" 📌{message['id']}" if message["pinned"] else ""
        lines.append(f"[{_clock(message['time'])}] {message['role'].upper()}{mark}: {first}")
        lines += [f"    {line}" for line in rest]
    return lines


def _told(message: MessageShape) -> str:
    sender = message.get("from")
    text = message["text"]
    if sender:
        text = f"(from {sender}) {text}"
    if message["kind"] == "decision":
        text = f"Decision #{message['id']}: {text}"
    return text


def _where(context: ContextShape) -> str:
    session = context["session"]
    folder = _line(figures.folder(session["cwd"] or session["dir"]))
    if session["running"] is not None:
        return f"Where: {folder}, running: {_line(session['running'])}"
    doing = _STATES.get(session["state"] or "", session["status"])
    return f"Where: {folder}, {doing}"


def decision_lines(decision: DecisionShape) -> list[str]:
    """Return one decision."""
    lines = [f"Decided #{decision['id']}: {_line(decision['text'])}"]
    if decision["why"]:
        lines.append(f"    why: {_line(decision['why'])}")
    if decision["alternatives"]:
        lines.append(f"    instead of: {_line('; '.join(decision['alternatives']))}")
    if decision["outcome"]:
        lines.append(f"    outcome: {_line(decision['outcome'])}")
    return lines


def _failure(name: str, failure: FailureShape) -> str:
    code = f", exit {failure['exit_code']}" if failure["exit_code"] is not None else ""
    return f"{name}#{failure['command']} {_line(failure['text'])}{code}: {_line(failure['headline'])}"


def _closing(context: ContextShape) -> list[str]:
    health, efficiency = context["health"], context["efficiency"]
    lines = []
    if health is not None:
        lines.append(f"Context Health: {_HEALTH.get(health['state'], health['state'])} ({health['rule']})")
    if efficiency is not None:
        about = "~" if context["is_estimate"] else ""
        saved, baseline = efficiency["saved"], efficiency["baseline"]
        share = figures.UNKNOWN if saved is None else f"{about}{100 * max(0.0, saved):.1f}%"
        lines.append(
            f"Token Efficiency: {share} savings vs {baseline} "
            f"({about}{efficiency['delivered_tokens']:,} of {about}{efficiency['baseline_tokens']:,} tokens)"
        )
    outputs = context["outputs"]
    if outputs is not None:
        lines.append(
            f"Output Read: {outputs['read_tokens']:,} of {outputs['plain_tokens']:,} tokens, in all ways together"
        )
    return lines


# Markdown


def markdown_lines(context: ContextShape) -> list[str]:
    """Return the context as Markdown."""
    name = _line(context["session"]["name"])
    lines = [f"# Context of `{name}`", "", f"{_numbers(context)}  ", _where(context), ""]
    if context["note"]:
        lines += [f"*{_line(context['note'])}*", ""]
    decisions = _not_in_timeline(context)
    if decisions:
        lines += ["## Decisions", ""]
        for decision in decisions:
            head, *rest = decision_lines(decision)
            lines += [f"- {head}", *(f"  - {line.strip()}" for line in rest)]
        lines.append("")
    if context["unresolved"]:
        lines += ["## Unresolved", "", *(f"- {_failure(name, failure)}" for failure in context["unresolved"]), ""]
    lines += ["## Timeline", ""]
    for message in context["messages"]:
        first, *rest = clean(_told(message)).split("\n")
        pinned = " (pinned)" if message["pinned"] else ""
        lines.append(f"- **{_clock(message['time'])} {message['role']}**{pinned}: {first}")
        if rest:
            fence = _fence("\n".join(rest))
            lines += [f"  {fence}", *(f"  {line}" for line in rest), f"  {fence}"]
    if context["left_out"]:
        lines.append(f"- … {context['left_out']:,} more not shown")
    return lines if context["budget"] is not None else [*lines, "", *(f"{line}  " for line in _closing(context))]


def _fence(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return fence


# messages for models


def openai(context: ContextShape) -> list[dict[str, str]]:
    """Return the context as `messages` of the chat completions interface.

    Output of tools is told as the system's: a `tool` message there answers a call that this conversation has not.
    """
    told = [{"role": "system", "content": _preamble(context)}]
    for message in context["messages"]:
        role = message["role"] if message["role"] in ("user", "assistant") else "system"
        told.append({"role": role, "content": _content(message)})
    return told


def anthropic(context: ContextShape) -> dict[str, object]:
    """Return the context as `system` and `messages` of the messages interface: turns alternate, the user's is first."""
    turns: list[dict[str, str]] = []
    for message in context["messages"]:
        role = "assistant" if message["role"] == "assistant" else "user"
        content = _content(message)
        if message["role"] not in ("user", "assistant"):
            content = f"[{message['role']}] {content}"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n\n{content}"
        else:
            turns.append({"role": role, "content": content})
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": "[the conversation begins before this]"})
    return {"system": _preamble(context), "messages": turns}


def _content(message: MessageShape) -> str:
    return (
        f"[{_clock(message['time'])}] {clean(_told(message))}" if message["kind"] != "text" else clean(_told(message))
    )


def _preamble(context: ContextShape) -> str:
    name = _line(context["session"]["name"])
    lines = [f"Context of the terminal session '{name}'.", *_state(context, name)]
    if context["left_out"]:
        lines.append(f"{context['left_out']:,} earlier messages are left out.")
    return "\n".join(lines)


def _line(text: object) -> str:
    return " ".join(clean(text).split())


def _clock(seconds: float) -> str:
    return strftime("%H:%M:%S", localtime(seconds))
