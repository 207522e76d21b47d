"""Secrets that are known by their shape: tokens with the prefix of who gave them, URLs, headers, signed tokens.

Every pattern has a gate: words (in lower case) without which it cannot match; looking for a word costs a hundredth of
looking for a pattern. To add a vendor: its pattern, and a piece of text that all of its tokens contain. What has the
shape of `LONG_WORD` is gathered first (100 MB/s), so a vendor costs nothing on most lines.
"""

from __future__ import annotations

import re

MASK = "[redacted]"

# Pattern, hints. Lengths are those that the vendors document, or a little less where they warn that they may change.
_VENDORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?<![A-Z0-9])(?:A3T[A-Z0-9]|ABIA|ACCA)[A-Z0-9]{16}(?![a-z])", ("a3t", "abia", "acca")),
    (r"(?:AKIA|ASIA)[A-Z0-9]{16,}", ("akia", "asia")),
    (r"gh[pousr]_[A-Za-z0-9_]{36,}", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    (r"github_pat_\w{22,}", ("github_pat_",)),
    (
        r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct)-[\w.-]{20,}",
        ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-", "glagent-", "gloas-", "glffct-"),
    ),
    (r"GR1348941[\w-]{20,}", ("gr1348941",)),
    (r"(?<![A-Za-z0-9])sk-(?=[\w-]*\d)[\w-]{20,}", ("sk-",)),  # OpenAI, Anthropic and those who copied them
    (r"[srp]k_(?:live|test)_[0-9A-Za-z]{12,}", ("k_live_", "k_test_")),
    (r"whsec_[A-Za-z0-9+/=]{20,}", ("whsec_",)),
    (r"(?i:xox[a-z](?:\.xox[a-z])?-[\w.%-]{10,}|xapp-\d-[\w-]{10,})", ("xox", "xapp-")),
    (r"AIza[\w-]{35,}", ("aiza",)),
    (r"ya29\.[\w-]{20,}", ("ya29.",)),
    (r"GOCSPX-[\w-]{20,}", ("gocspx-",)),
    (r"npm_[A-Za-z0-9]{36,}", ("npm_",)),
    (r"pypi-[\w-]{50,}", ("pypi-",)),
    (r"SG\.[\w-]{16,32}\.[\w-]{16,64}", ("sg.",)),
    (r"(?<!\w)hf_[A-Za-z0-9]{30,}", ("hf_",)),
    (r"(?<!\w)gsk_[A-Za-z0-9]{40,}", ("gsk_",)),
    (r"(?<!\w)xai-[A-Za-z0-9]{60,}", ("xai-",)),
    (r"(?<!\w)pplx-[A-Za-z0-9]{40,}", ("pplx-",)),
    (r"(?<!\w)r8_[A-Za-z0-9]{30,}", ("r8_",)),
    (r"do[opr]_v1_[0-9a-f]{60,}", ("_v1_",)),
    (r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", ("shpat_", "shpca_", "shppa_", "shpss_")),
    (r"(?<!\w)dapi[0-9a-f]{32}", ("dapi",)),
    (r"(?<!\w)dp\.(?:pt|st|ct|sa|scim|audit)\.\w{20,}", ("dp.",)),
    (r"(?<!\w)hv[sbr]\.[\w-]{20,}", ("hvs.", "hvb.", "hvr.")),
    (r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}", (".atlasv1.",)),
    (r"lin_api_[A-Za-z0-9]{32,}", ("lin_api_",)),
    (r"(?<!\w)(?:secret|ntn)_[A-Za-z0-9]{40,}", ("secret_", "ntn_")),
    (r"sntry[su]_[A-Za-z0-9+/=_-]{40,}", ("sntrys_", "sntryu_")),
    (r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}", ("glsa_",)),
    (r"glc_eyJ[A-Za-z0-9+/=]{20,}", ("glc_eyj",)),
    (r"NRAK-[A-Z0-9]{20,}", ("nrak-",)),
    (r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", ("pmak-",)),
    (r"AGE-SECRET-KEY-1[A-Z0-9]{50,}", ("age-secret-key-",)),
    (r"dckr_(?:pat|oat)_[\w-]{20,}", ("dckr_",)),
    (r"(?<!\w)sbp_[0-9a-f]{40}", ("sbp_",)),
    (r"pscale_(?:tkn|pw|oauth)_[\w=.-]{30,}", ("pscale_",)),
    (r"ATATT3[\w=-]{50,}", ("atatt3",)),
    (r"rubygems_[0-9a-f]{40,}", ("rubygems_",)),
    (r"(?<!\w)sl\.[\w-]{100,}", ("sl.",)),
    (r"(?<!\w)pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}", ("pat",)),
    (r"tskey-[\w-]{16,}", ("tskey-",)),
    (r"(?<!\w)[0-9a-z]{32}-us[0-9]{1,2}(?!\w)", ("-us",)),
    (r"(?<!\w)AKC(?=[A-Za-z]*\d)[A-Za-z0-9]{17,}", ("akc",)),
    (r"[\w~.-]{3}8Q~[\w~.-]{31,34}", ("8q~",)),
    (r"(?<!\w)[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])", ("discord",)),
    # Signed tokens (RFC 7519, RFC 7516): base64url of `{"` and of more.
    (r"(?<![A-Za-z0-9_-])eyJ[\w-]{8,}={0,2}\.[\w-]{8,}={0,2}(?:\.[\w+/=-]*){0,3}", ("eyj",)),
)
LONG_WORD = re.compile(r"[A-Za-z0-9_.~-]{20,}")  # the least that every vendor's token has in it
VENDOR_TOKENS = tuple((re.compile(pattern), hints) for pattern, hints in _VENDORS)

# What the group `secret…` of a pattern matches is masked, the rest stays.
GATED_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    ((":aa",), re.compile(r"(?<!\d)(?P<secret>\d{8,10}:AA[\w-]{33})(?![\w-])")),  # Telegram
    (("sq0",), re.compile(r"(?P<secret>sq0(?:csp|atp|idp)-[\w\\-]{22,})")),  # Square
    # Hashes of passwords (crypt, bcrypt, argon2): not the checksums of anything.
    (
        ("$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$argon2"),
        re.compile(
            r"(?P<secret>\$(?:(?:[156y]|sha1|gy|7)\$[^\s:$]{1,64}\$(?:[^\s:$]{1,64}\$)?[./A-Za-z0-9]{20,}"
            r"|2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|argon2(?:id|i|d)\$[^\s:]{20,}))"
        ),
    ),
    # A password in a URL (RFC 3986 3.2.1); unescaped, it may itself contain an @.
    (("://",), re.compile(r"://[^\s:/@\"'`<>\\]{0,200}:(?P<secret>[^\s/\"'`<>\\]{1,400})@(?=[\w\[%.-])")),
    # A token as the user of a URL.
    (("://",), re.compile(r"://(?P<secret>[A-Za-z0-9_%.~-]{20,400})(?=@[\w\[])")),
    (("hooks.slack.com",), re.compile(r"(?i)hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/-]+)")),
    (("discord",), re.compile(r"discord(?:app)?\.com/api/webhooks/\d+/(?P<secret>[\w-]+)")),
    # What makes a signed URL valid.
    (("sig",), re.compile(r"(?i)[?&;](?:x-(?:amz|goog)-)?sig(?:nature)?=(?P<secret>[\w%+/=.~-]{16,})")),
    # Headers as curl and servers show them, and in source code and JSON.
    (
        ("authorization",),
        re.compile(
            r"(?i)authorization[\"'\]]{0,2}\s{0,4}(?::|=>?|,)[ \t]*[\"'`]?(?:(?:bearer|basic|token|digest|negotiate"
            r"|apikey|ntlm|aws4-hmac-sha256|bot|splunk|key)[ \t]+(?P<secret>[^\s\"'`][^\n\"'`]*)"
            r"|(?P<secret_plain>(?![\[{$<(])(?=[^\s\"'`,;]*\d)[^\s\"'`,;]{6,}))"
        ),
    ),
    (("bearer",), re.compile(r"(?i)\bbearer[ \t]+(?P<secret>(?=[^\s\"'`]*\d)[\w.~+/=-]{16,})")),
    (("cookie",), re.compile(r"(?i)\b(?:set-)?cookie[\"']?:[ \t]*[\"']?[^\s=;,\"']{1,200}=(?P<secret>[^\n\"']+)")),
    # `curl -u user:password`, `sshpass -p`, and .netrc.
    (
        ("curl", "http"),
        re.compile(
            r"(?i)\bcurl\b[^\n|]{0,400}?\s(?:-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{1,200}:(?P<secret>[^\s\"']+)"
        ),
    ),
    (("sshpass",), re.compile(r"\bsshpass[ \t]+-p[ \t]*(?P<secret>\"[^\"\n]*\"|'[^'\n]*'|[^\s\"']+)")),
    (("login",), re.compile(r"\blogin[ \t]+\S+\s+password[ \t]+(?P<secret>\S+)")),
    # Base64 of user and password in Docker's and npm's files.
    (("auth",), re.compile(r"(?i)(?<![a-z])_?auth[\"']?[ \t]*[:=][ \t]*[\"']?(?P<secret>[A-Za-z0-9+/_-]{16,}={0,2})")),
)
