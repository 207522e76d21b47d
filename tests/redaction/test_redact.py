"""No secret leaves: laws for every text, the ways in which people write secrets, and what must stay readable."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.redaction import MASK, redact

ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def token(prefix: str, least: int, alphabet: str = ALNUM) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=least + 20).map(prefix.__add__)


# What nobody would take for a word: letters and digits, and the signs that passwords have in URLs and files.
PASSWORDS = st.text(ALNUM + "!#%^*_+~.-", min_size=6, max_size=30).filter(
    lambda text: (
        any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and text[0].isalnum() and text[-1].isalnum()
    )
)
HOLDERS = st.sampled_from(
    [
        "DB_PASSWORD={}",
        "export PGPASSWORD='{}' && psql",
        'MYSQL_PWD="{}" mysqldump',
        "password: {}",
        "  password: '{}'",
        "password = {}",
        '{{"user": "bob", "password": "{}", "n": 1}}',
        '{{\\"client_secret\\": \\"{}\\"}}',
        "run --password {} --verbose",
        "run --password={} --verbose",
        "run --db-password '{}' now",
        "user=bob, password={}, host=db",
        "jdbc:postgresql://db/x?user=u&password={}&ssl=true",
        "postgres://bob:{}@db.example:5432/app",
        "redis://:{}@localhost:6379/0",
        "https://bob:{}@example.com/x.git",
        "Authorization: Bearer {}",
        "curl -H 'Authorization: Token {}' https://example.com",
        '"Authorization": "Basic {}"',
        "curl -u bob:{} https://example.com",
        "sshpass -p {} ssh host",
        "machine example.com login bob password {}",
        "Cookie: session={}",
        "Set-Cookie: sid={}; HttpOnly",
        "SECRET_KEY = '{}'",
        "secret={}",
        "API_TOKEN={}",
        "//registry.example/:_authToken={}",
        "X-Api-Key: {}",
        "aws_secret_access_key = {}",
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    ]
)
VENDOR_TOKENS = st.one_of(
    token("ghp_", 36),
    token("github_pat_", 30),
    token("glpat-", 20),
    token("sk-ant-api03-a1", 30),
    token("sk-proj-1", 40),
    token("xoxb-123456789012-", 20),
    token("AKIA", 16, "ABCDEFGHIJ234567"),
    token("npm_", 36),
    token("hf_", 34),
    token("AIza", 35).map(lambda text: text[:39]),
    token("SG.abcdefghijklmnopqrstuv.", 43),
    st.tuples(token("eyJ", 20), token("eyJ", 30), token("", 20)).map(".".join),
)
PIECES = st.sampled_from(
    [
        *(
            "password",
            "secret",
            "token",
            "api_key",
            "Authorization",
            "Bearer",
            "eyJ",
            "sk-",
            "$6$",
            "a1",
            "İ",
            "--",
            "://",
        ),
        *("=", ":", " ", '"', "'", "\\", "\n", "@", ",", "&", "[", "]", "$", MASK),
        *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))
LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Nd", "Lu")), max_size=40)  # nothing that secrets have


@given(TEXTS)
def test_masking_twice_is_masking_once_and_keeps_lines(text: str) -> None:
    masked = redact(text)
    assert redact(masked) == masked
    assert masked.count("\n") == text.count("\n")


@given(LINES, HOLDERS, PASSWORDS, LINES)
def test_no_planted_password_is_seen(before: str, holder: str, password: str, after: str) -> None:
    text = "\n".join([before, holder.format(password), after])
    masked = redact(text)
    assert password not in masked
    assert MASK in masked


@given(LINES, VENDOR_TOKENS, LINES)
def test_no_token_of_a_known_shape_is_seen(before: str, secret: str, after: str) -> None:
    masked = redact(f"{before} {secret} {after}")
    assert secret not in masked
    assert secret[-12:] not in masked


ORACLE = [
    "aws.AWSKeyDetector",
    "github_token.GitHubTokenDetector",
    "gitlab_token.GitLabTokenDetector",
    "mailchimp.MailchimpDetector",
    "openai.OpenAIDetector",
    "pypi_token.PypiTokenDetector",
    "sendgrid.SendGridDetector",
    "slack.SlackDetector",
    "square_oauth.SquareOAuthDetector",
    "stripe.StripeDetector",
]


@pytest.mark.parametrize("plugin", ORACLE)
@given(data=st.data())
def test_every_token_shape_of_the_best_kept_detector_is_masked(plugin: str, data: st.DataObject) -> None:
    pytest.importorskip("detect_secrets")
    module, name = plugin.split(".")
    detector = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
    for shape in detector.denylist:
        if "secret_access" in shape.pattern or "aws" in shape.pattern:
            continue  # a name, not a shape
        secret = data.draw(
            st.from_regex(shape, fullmatch=True, alphabet=st.characters(min_codepoint=33, max_codepoint=126))
        )
        if len(secret) < 24 and secret.lower().startswith("xox"):
            continue  # a degenerate example, xoxb-0-0
        assert secret not in redact(f"using {secret} now")


@pytest.mark.parametrize(
    "text",
    [
        "commit 9d31743b14071a37300c513b3123dd7a86872865",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sha512-WrWWPYZUvxTQs1x1qOS7Wb1rBQhpXOL2nJrpFvlz1NKQ1wW+O8CBlA9Vqj1zJ5hB8W7zjV0nTKqh1iLkrbXnJg==",
        "4f3c9d2e-1b7a-4a0e-8f59-0d6a2f9b1c33",
        "index 4f3c9d2e1b..9b1c334f3c 100644",
        "10 passed, 2 failed in 3.12s",
        "PASS: secretbox_easy2",
        "tests/test_token.py::test_token_refresh[password-1] PASSED",
        "max_tokens=4096 tokens_used: 1,240 tokens: 12",
        "Token Usage: 1,240 / 4,096 (30%)",
        "PWD=/home/bob OLDPWD=/tmp",
        "password: str",
        "password: Optional[str] = None",
        'password = input("Password: ")',
        'password = os.environ["DB_PASSWORD"]',
        "token = self.get_token(user)",
        "self.token = token",
        "fn parse(token: Token) -> Result<Token, Error>",
        "let token: String = lexer.next();",
        "password=$DB_PASSWORD token=${TOKEN} secret=<secret>",
        "Enter password:",
        "Error: invalid password: must be at least 8 characters",
        "SyntaxError: Unexpected token: '}'",
        "  --password string   the password of the database",
        "  --token TOKEN       the token to use",
        "password authentication failed for user \"bob\"",
        "KeyError: 'api_key'",
        "    \"pbkdf2-password\": \"1.2.1\",",
        "primary_key: id, foreign_key=user_id, sort_key = name",
        "git@github.com:example/project.git",
        "https://example.com:8080/@scope/package",
        "http://localhost:3000/?page=2&sort=key",
        "-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAK\n-----END CERTIFICATE-----",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB bob@host",
        "glibc-2.35-0ubuntu3-amd64-something.deb",
        "task-123456789012345678901234 disk-sk-",
    ],
)  # fmt: skip
def test_what_a_reader_of_output_needs_stays(text: str) -> None:
    assert redact(text) == text


def test_a_key_is_masked_line_by_line_even_when_its_end_was_cut_off() -> None:
    body = "MIIEowIBAAKCAQEAvGq0\nr8yXnTQ0yWq1cZ8J5a4n\nProc-Type: 4,ENCRYPTED\n"
    head = "-----BEGIN RSA PRIVATE KEY-----\n"
    assert redact(f"a\n{head}{body}-----END RSA PRIVATE KEY-----\nb") == (
        f"a\n{head}{MASK}\n{MASK}\n{MASK}\n-----END RSA PRIVATE KEY-----\nb"
    )
    assert redact(f"{head}{body}[12 lines folded]") == f"{head}{MASK}\n{MASK}\n{MASK}\n[12 lines folded]"


def test_several_secrets_of_one_line_leave_the_rest_readable() -> None:
    text = "docker run -e DB_PASSWORD=hunter2 -e TOKEN=abc123 --name web https://u:pw1@reg.example/x?sig=1 nginx"
    assert redact(text) == (
        f"docker run -e DB_PASSWORD={MASK} -e TOKEN={MASK} --name web https://u:{MASK}@reg.example/x?sig=1 nginx"
    )
