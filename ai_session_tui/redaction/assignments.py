"""Secrets that are known by the name they are given: `DB_PASSWORD=…`, `"api_key": "…"`, `--token …`.

The name alone decides little (`token: Token`, `max_tokens=4096`, `password is required`), so the value is weighed too:
how it is written, and whether it can be a name, a type, a count or a reference to where the secret really is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ai_session_tui.redaction.shapes import MASK

# Looked for in lower case; what stands before and behind decides whether it is the name of a secret.
NAME_STEMS = ("pass", "pwd", "secret", "credential", "token", "jwt", "key")
_STRONG = re.compile(r"(?:pass(?:word|wd|phrase|code)|pwd|secret|credentials?)", re.IGNORECASE)
_WEAK = re.compile(r"(?:token|jwt|key|pass)", re.IGNORECASE)
_KEYS = re.compile(
    r"(?:api|app|access|auth|account|client|private|priv|service|encryption|encrypt|signing|signature|shared|storage"
    r"|master|deploy|db|database|license|session|webhook|subscription|admin|function)[_.-]?(?:access[_.-]?)?$",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"(?P<rest>[A-Za-z0-9_.-]{0,40}?)[\"'\]\\]{0,3}(?P<sign>[ \t]{0,8}(?::=|=>|={1,3}|:(?!:))[ \t]{0,8}|[ \t]{1,8})"
)
_OPTION = re.compile(r"(?:^|[\s\"'\[,(])--?(?:[A-Za-z0-9]+-)*$")

_VALUE = re.compile(
    r"""(?P<prefix>[@bfru]{0,2})
        (?: (?P<escaped>\\["'])(?P<inner_escaped>(?:(?!\\["']).)+)
          | (?P<quote>["'`])(?P<inner>(?:\\.|(?!(?P=quote))[^\n\\])+)
          | (?P<bare>(?:(?![&,;][ \t]*(?:[\w.-]+[=:]|$))[^\s"'`\x00-\x1f])+) )""",
    re.VERBOSE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `secret_name=…` names something that is not the secret.
_HARMLESS_ENDS = _words(
    """
    name names type types file files filename path dir url uri endpoint id ids count counts len length size min max
    limit expiry expires expiration ttl age lifetime usage used budget field fields policy ref refs store manager
    provider algorithm algo alg version prompt hint label title required enabled disabled valid invalid error errors
    status issuer audience scope scopes kind class format pattern regex mode header param params prefix suffix list
    reset change changed update updated strength rules rule input arn region rotation per total cost rate window
    text help description index pos position offset stream iterator parser s
    """
)
# What stands behind the name of a secret and is none.
_WORDS = _words(
    """
    none null nil true false undefined yes no on off empty missing required optional default unset str string bool
    boolean int integer bytes byte text any object char varchar secretstr redacted hidden masked placeholder
    changeme example value input incorrect invalid wrong expired rejected accepted ok failed denied mismatch unknown
    error set to is was not for from in of and or with the a an are be must has have that this your you can cannot
    could should will would may via as at by on it its into when if then than but which using used authentication
    manager field fields prompt reset generated stored saved changed updated needed given passed found provided
    supplied type length file path name variable argument option flag self params args kwargs password passwd secret
    token key credentials
    """
)
_REFERENCE = re.compile(
    r"\$\w+\S{0,1}|\$\{[^}]*\}\S{0,1}|\$\(.*|\$\{\{.*|%\(?\w+\)?s?|%\w+%|\{+[\w.\[\]!:]*\}+|<[^>]*>?|[*•.xX…-]{3,}|!?\[.*"
)
_CODE = re.compile(
    r"[A-Za-z_][\w.]*(?:\(.*|\[.*|\{.*)|lambda\b.*"
    r"|&?(?:self|this|ctx|cfg|config|args|os|process|env|req|request|settings)(?:\.|::|->).*"
)
_DOTTED = re.compile(r"[A-Za-z_]+\.[A-Za-z_][A-Za-z_.]*[,;:)\]]*")
_COUNT = re.compile(r"~?[\d,._]+(?:[%kKMms/]\S{0,3})?[,;)]*")
_VERSION = re.compile(r"[\^~>=<v]*\d+\.\d+\.\d+[\w.+-]*")
_CLOSES = re.compile(r"[\s,;:)\]}+]")
_OPENERS = {")": "(", "]": "[", "}": "{", ">": "<", ",": "\0", ";": "\0", "\\": "\0"}
_LOOKS_MADE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{6,}|\S*[A-Za-z0-9]\S*[+/=!#%^&*@$~]\S{3,}|[A-Za-z]{24,}|[0-9]{16,}")


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a secret in a text, as far as the place where its value would begin."""

    stem: str
    start: int
    end: int
    is_strong: bool
    rest: str
    sign: str


def mask_assignments(text: str, lower: str) -> str:
    """Return text with the values masked that the names of secrets are given; `lower` is the text in lower case."""
    spans: list[tuple[int, int]] = []
    for stem in NAME_STEMS:
        at = lower.find(stem)
        while at >= 0:
            span = _secret_at(text, at)
            if span:
                spans.append(span)
            at = lower.find(stem, at + len(stem))
    pieces: list[str] = []
    done = 0
    for first, last in sorted(spans):
        if last > done:
            pieces += (text[done : max(first, done)], MASK if first >= done else "")
            done = last
    return "".join([*pieces, text[done:]]) if pieces else text


def _secret_at(text: str, at: int) -> tuple[int, int] | None:
    """Return where the secret stands that a name around `at` is given, None when it is given none."""
    name = _name_at(text, at)
    if name is None:
        return None
    value = _VALUE.match(text, name.end)
    if value is None:
        return None
    group = "inner_escaped" if value["escaped"] else "inner" if value["quote"] else "bare"
    first, last = value.span(group)
    if group == "bare":
        last = first + len(_without_closers(value[group]))
    elif group == "inner" and _CLOSES.match(value[group]) and _is_odd(text, value.start("quote"), value["quote"]):
        return None  # input("Password: ") ends a text with this quote
    inner = text[first:last]
    if not inner.strip() or inner.startswith(MASK[:-1]) or _is_harmless(inner, group, name, text, last):
        return None
    return first, last


def _name_at(text: str, at: int) -> _Name | None:
    """Return the name of a secret whose stem stands at `at`, None when it is another name, or a word in a sentence."""
    stem = _STRONG.match(text, at)
    is_strong = stem is not None
    stem = stem or _WEAK.match(text, at)
    if stem is None:
        return None
    sign = _SIGN.match(text, stem.end())
    if sign is None:
        return None
    before = text[max(0, at - 40) : at]
    kind = stem[0].lower()
    if kind == "key" and not _KEYS.search(before):
        return None
    if kind == "pass":
        if before[-1:].isalpha() and not (before[-1:].islower() and stem[0][0] == "P"):
            return None
        is_strong = before[-1:] in ("_", "-")
        if not is_strong and sign["sign"] != "=":
            return None  # PASS: test_of_a_login
    if kind == "pwd" and (
        before[-1:].isalpha() or (not sign["rest"] and text[sign.end() :][:1] in ("/", "~", "$", "`"))
    ):
        return None  # the shell's PWD=/home/me
    rest = sign["rest"]
    if not sign["sign"].strip():  # only an option is followed by its value after a blank
        if rest.strip("-") or not _OPTION.search(before):
            return None
    elif (rest[:1].islower() and stem[0][-1].islower()) or _ends_harmless(rest):
        return None  # tokens, tokenizer, secretary; secret_name
    return _Name(kind, at, sign.end(), is_strong, rest, sign["sign"])


def _without_closers(value: str) -> str:
    """Return a value without what closes something that was opened before it, as in `f(password=x)`."""
    while value and (opener := _OPENERS.get(value[-1])) is not None and value.count(opener) < value.count(value[-1]):
        value = value[:-1]
    return value


def _is_odd(text: str, end: int, quote: str) -> bool:
    return text.count(quote, text.rfind("\n", 0, end) + 1, end) % 2 == 1


def _ends_harmless(rest: str) -> bool:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", rest)
    return bool(words) and words[-1].lower() in _HARMLESS_ENDS


def _is_harmless(value: str, written: str, name: _Name, text: str, end: int) -> bool:
    """Return whether a value that stands behind the name of a secret is none."""
    if _REFERENCE.fullmatch(value) or value.lower().strip(".,:;!?") in _WORDS:
        return not (written != "bare" and value[0] == "$" and text[end] == "'")
    if (not name.is_strong and _COUNT.fullmatch(value)) or _VERSION.fullmatch(value):
        return True
    sign = name.sign.strip()
    if written != "bare":
        return _is_caption(value, name.is_strong, sign)
    if value.lower() == name.stem or value.startswith(("(", "[", "{", "=", "|", "-", ">", "<")):
        return True
    word = text[end - len(value) : _end_of_word(text, end)]
    is_plain = name.sign == "="  # NAME=value of a shell, an environment, a query
    if _CODE.fullmatch(word) or (_DOTTED.fullmatch(word) and not (is_plain and name.is_strong)):
        return True
    if not sign:
        return (value.isupper() and value.isalpha()) or value.startswith("-")
    if is_plain or _LOOKS_MADE.fullmatch(value):
        return False
    return not (name.is_strong and _ends_line(text, end) and not value.endswith((":", ".", "?")))


def _is_caption(value: str, is_strong: bool, sign: str) -> bool:
    """Return whether a quoted value is rather words for people, or a name."""
    if not sign:
        return False
    if " " in value:
        return not is_strong or value.endswith((".", "?", "!", ":")) or len(value.split()) > 8
    return not is_strong and not _LOOKS_MADE.fullmatch(value) and len(value) < 12


def _end_of_word(text: str, end: int) -> int:
    stop = re.compile(r"\S*").match(text, end)
    return stop.end() if stop else end


def _ends_line(text: str, end: int) -> bool:
    return re.compile(r"[ \t\"'`,;)}\]]*(?:(?:#|//)[^\n]*)?(?:\r?\n|\Z)").match(text, end) is not None
