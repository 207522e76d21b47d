"""How well a context fits its limit, and what it saves, each with the rule that it is said by."""

from __future__ import annotations

from ai_session_tui.conversation.compression import FULL

BASELINE = "plain text of everything"


def health(tokens: int, limit: int, *, compresses: bool) -> dict[str, object]:
    """Return the state of a context (`optimal`, `full`, `over`) and why it is said to be so."""
    share = 100 * tokens / limit if limit else 100.0
    full = round(100 * FULL)
    if share <= full:
        then = f"compression begins at {full}%" if compresses else "compression is off"
        return {"state": "optimal", "rule": f"{share:.0f}% of the limit used; {then}"}
    why = "what is left is pinned or decided" if compresses else "compression is off"
    if tokens <= limit:
        return {"state": "full", "rule": f"{share:.0f}% of the limit used, more than {full}%; {why}"}
    return {"state": "over", "rule": f"{share:.0f}% of the limit used; {why}"}


def efficiency(baseline: int, context: int, expanded: int) -> dict[str, object]:
    """Return what reading the context saves against reading everything as plain text; expansions are charged."""
    delivered = context + expanded
    saved = None if baseline <= 0 else round(1 - delivered / baseline, 4)
    return {"baseline": BASELINE, "baseline_tokens": baseline, "delivered_tokens": delivered, "saved": saved}
