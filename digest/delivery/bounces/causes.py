"""Find out why a letter came back, from a server's code and words: a bad address, a temporary cause, or us.

Words count before codes: servers send "user unknown" with 5.7.1 and "listed by Spamhaus" with 5.1.1.
"""

from __future__ import annotations

import re

from ...model import Cause, Verdict
from .addresses import PATTERN

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|\w)")
_REPLY = re.compile(
    r"(?<![\d.\-+:#@])([45]\d\d)(?=[\s\-:;,#]|$)(?!\s*(?:bytes|kb|mb|messages?|days?|hours?|seconds?|recipients)\b)",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(rf"https?://\S+|www\.\S+|{PATTERN}", re.IGNORECASE)
_WRAPPED = re.compile(r"5\.1\.0 - Unknown address error (?=\d)", re.IGNORECASE)
"""Before whatever a server answers, at Cisco's (IronPort) gateways: it tells nothing itself."""
_BEFORE_RECIPIENT = re.compile(
    r"(?:in reply to|after|did not like our) (?:initial connection|(?:HELO|EHLO|MAIL FROM)\b)|but my name was rejected"
    r"|>>> (?:MAIL FROM|HELO|EHLO)[^<>]{0,300}(?:<[^<>]{0,300}>[^<>]{0,100})?<<< [45]\d\d",
    re.IGNORECASE,
)
_BEHIND_RECIPIENT = re.compile(r"(?:in reply to|after|did not like our) (?:(?:end of |final )?DATA\b)", re.IGNORECASE)

# About us: what mail servers say about senders and about the content of letters.
_SENDER = re.compile(
    r"\bspam|unsolicited|\bjunk|\bube\b|\buce\b|black-?list|block-? ?list|blocked\b|denylist|\bbanned\b|\brbl\b|dnsbl|spamhaus"
    r"|spamcop|sorbs|barracudacentral|reputation|(?<!not )\blisted (?:in|at|on|by)\b|\bspf\b|\bdkim\b|\bdmarc\b|domainkeys"
    r"|unauthenticated|malware|phish|sending (?:domain|ip|host|server)",
    re.IGNORECASE,
)
# The same, where nothing is said of the address.
_PERHAPS_SENDER = re.compile(
    r"authenticat|\bpolicy\b|policies|\bpolicyd|content (?:was |is )?(?:reject|filter|not allowed)"
    r"|rejected (?:due to|because of|for) (?:its )?content|\bviru(?:s|ses)\b|suspicious|prohibited|attachment|reverse dns|\bptr\b|\brdns\b"
    r"|fcrdns|\bhelo\b|\behlo\b"
    r"|(?:sender|client|host|from address|ip)(?: address)?(?: \S+)? (?:is |was )?(?:rejected|denied|refused|not allowed|not permitted)"
    r"|sender (?:verify|verification|callout)|not (?:authorized|authorised|permitted|allowed) to send|only accepts? (?:mail|messages?) from"
    r"|too many (?:connections|messages|recipients)|sending limit|message (?:was )?(?:rejected|refused) by|rfc ?[25]?[38]22|compliant"
    r"|delivery not authorized|restricted|complaint|(?<!relay )access denied|requires? confirmation|protocol violation|invalid ip\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:user|recipient|mailbox|account|address|addressee|alias|e-?mail|login|userid|userids?|person|subscriber|destination"
    r"|customer|inbox|local part)s?"
    r"(?: name| address| account| email address| mailbox| specified| you tried to reach)?(?: \S{1,80})?"
    r" (?:is |was |has been |are |have been |does |could |you entered |may be )*(?:un-?known|not (?:be )?(?:found|known"
    r"|exist|valid|listed|recogni[sz]ed|local|here)"
    r"|in-?valid|no longer|not (?:currently )?(?:exist|active)|n't (?:exist|found|have)|non-?exist|disabled|de-?activated"
    r"|inactive|suspended|closed|expired|deleted|removed"
    r"|discontinued|terminated|locked|unavailable|undeliverable|incorrect|bad|not a valid|does ?n[o']t exist|doesn't)"
    r"|(?:user|recipient|mailbox|account)(?: account| mailbox)? (?:is |has been |was )blocked"
    r"|does ?n[o']t (?:exist|have an?\b)|did not (?:exactly )?match|do(?:es)? not have an account"
    r"|un-?known (?:or illegal )?(?:\S+ )?(?:user|recipient|address|mailbox|local|account|alias|host|domain|addressee|name|destination)"
    r"|no such (?:\S+ )?(?:user|mailbox|recipient|address|person|account|domain|host|alias|local|name|subscriber)"
    r"|no (?:mailbox|user|account|valid recipients?|recipient|one|mail ?box|address)\b.{0,20}(?:here|by that name|with that"
    r"|of that|found|currently|named|such)"
    r"|(?:in-?valid|bad|illegal|in-?correct|non-?existent|in-?active|undeliverable|disabled) (?:\S+ )?(?:user|recipient"
    r"|mailbox|address|account|destination|final|e-?mail|host|domain|name)"
    r"|not accepting (?:mail|messages?) from"
    r"|not (?:a (?:valid|known|local)|our|listed in|recogni[sz]ed)\b.{0,30}(?:user|recipient|mailbox|customer|directory|address|account)?"
    r"|recipient name is not recogni[sz]ed|could ?n[o']t be found|was ?n[o']t found|wasn't found|not found (?:at|in|by|on)"
    r"|user (?:is )?not|(?:domain|host)(?: name)?(?: \S{1,80})? (?:is |was |has )?(?:not found|un-?known|does ?n[o']t"
    r"|no (?:mx|mail)|not exist|lookup failed|invalid)"
    r"|name (?:or domain )?not found|host or domain name not|nxdomain|unrouteable|un-?routable|unable to route|can'?t route"
    r"|couldn't find any host|no mail hosts?|null ?mx"
    r"|(?:has|have) (?:moved|changed|left)|moved to|new address|no longer|retired|this person|forwarding address"
    r"|resolver\.adr|recip(?:ient)?notfound|exrecipnotfound"
    r"|recipient address rejected: access denied|addressee|not collected|been abandoned|\bunknown user|user ?unknown"
    r"|ou? ?550 unknown|mailbox not"
    # German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Japanese, Chinese, Korean
    r"|unbekannt|existiert nicht|nicht (?:gefunden|vorhanden|existent|bekannt)|kein(?:e|en)? (?:postfach|empf[aä]nger"
    r"|benutzer|konto)|deaktiviert|ung[uü]ltig"
    r"|inconnu|n'existe|introuvable|pas (?:valide|recens|trouv)|non recens|d[ée]sactiv|invalide|n.a pas (?:été|pu être) trouv"
    r"|no existe|desconocid|inexistente|no (?:se )?(?:encontr|es v[aá]lid)|inv[aá]lid[oa]|n[aã]o existe|desconhecid"
    r"|n[aã]o (?:foi )?encontrad|desactivad|desativad"
    r"|sconosciut|non (?:esiste|trovat|valid)|inesistente|onbekend|bestaat niet|niet (?:gevonden|bekend)|nie (?:istnieje"
    r"|znaleziono|ma)|nieznan"
    r"|не (?:существует|найден|найдена)|неизвест|несуществ|отключен|заблокирован"
    r"|存在しません|見つかりません|見つかりませんでした|ありません|不明|無効|该(?:用户|邮箱|帐户|收件人).{0,8}不存在|不存在"
    r"|用户不存在|无此用户|找不到|無此|존재하지|알 ?수 ?없",
    re.IGNORECASE,
)
# Words about our address, which may go with those about an unknown domain: ours.
_ABOUT_OUR_ADDRESS = re.compile(
    r"(?:sender|return path|from|envelope)(?:'s|:)?(?: address| domain)? (?:is |was )?(?:rejected|refused|denied|invalid|unknown)",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"quota|rate limit|mail ?box (?:is )?(?:currently )?(?:too |almost )?full|mailfolder is full|(?:in|mail)box\b.{0,30}\bfull\b"
    r"|\bis full\b|over ?quota|out of (?:disk )?space|not enough (?:disk )?space"
    r"|(?:storage|size|disk|space) (?:limit|space|allocation|exceed)|insufficient (?:system )?(?:storage|disk|resources)"
    r"|space not enough|too much mail|disk ?full|no space"
    r"|exceed\w* (?:\w+ ){0,4}(?:size|storage|limit|length|allocation|space)|too (?:large|big|long)|(?:message|mail) (?:size"
    r"|length)|size limit"
    r"|tim(?:ed|e)[- ]?out|time limit|temporar|try (?:again|later)|later\b|deferred|busy"
    r"|resources? (?:temporarily )?unavailable|overload|not respond|no answer|did not respond|unreachable"
    r"|not reachable|connection (?:was |has been )?(?:refused|reset|lost|timed|dropped|closed|died|failed)|can(?:'t"
    r"|not) connect|could not (?:connect|be contacted)|unable to connect"
    r"|connect to|establish an? (?:smtp )?connection|network (?:problem|error|unreachable)|no route to host"
    r"|host (?:is )?(?:down|unreachable|not available)|lost connection|server (?:is )?(?:down|unavailable|error)"
    r"|in the queue too long|queue (?:period|lifetime|life)|maximum (?:queue|delivery|number)|has been in the queue"
    r"|retry time|retr(?:y|ies) (?:limit|timeout|exceed)|attempts|failing for a long|accept our requests to connect"
    r"|name server reply|at a rate that|line limit|too many (?:mails|messages) on|zu ?viele (?:e-?mails|mails|nachrichten)"
    r"|generated during the delivery|mailer error|aborted after|undelivered for|expired|gave up|giving up"
    r"|loop|too many hops|hop count|hops exceeded|relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited)"
    r"|unable to relay|not (?:permitted to )?relay|grey-?list|internal (?:server )?error|local error|configuration error"
    r"|starttls|\btls\b|certificate|system (?:error|not accepting|full)|i/o error|disabled due to inactivity for a"
    r"|(?:postfach|mailbox|konto) .{0,20}(?:voll|überfüllt|ueberfuellt)|überschritten|ueberschritten|zeit(?:überschreitung"
    r"|limit)|vorübergehend"
    r"|pleine|saturée|dépass|délai|temporaire|llen[oa]|excedid|cuota|lotad[oa]|cheia|piena|esaurit|superat[oa]|переполнен|превышен|квот"
    r"|容量|いっぱい|満杯|超過|一時的|タイムアウト|已满|容量已|超过|超出|가득|초과",
    re.IGNORECASE,
)
_NEVER = re.compile(r"null ?mx", re.IGNORECASE)
"""A domain that says so takes no mail (RFC 7505), under whatever code that is told."""
_FULL = re.compile(
    r"found, try again|(?:messages|mails) on (?:the|this) server|quota|full\b|storage|voll\b|pleine|llen[oa]"
    r"|переполнен|容量|已满",
    re.IGNORECASE,
)
_BY_CODE: tuple[tuple[re.Pattern[str], Cause], ...] = (
    (re.compile(r"1\.[78]$|7\.|6\."), Cause.SENDER),
    (re.compile(r"1\.|2\.1$|4\.4$|4\.310$"), Cause.ADDRESS),
    (re.compile(r"[2-5]\."), Cause.PASSING),
)


def code_in(*texts: str) -> str:
    """The most informative enhanced code (RFC 3463) in the texts; x.0.0 says nothing that the others do not."""
    found = [match[0] for text in texts for match in _ENHANCED.finditer(_WRAPPED.sub("", text[:4000]))]
    found = [code for code in found if not code.startswith("2")] or found
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else "")


def tells(said: str) -> bool:
    """Whether the words indicate any cause at all."""
    return any(pattern.search(said[:4000]) for pattern in (_SENDER, _ADDRESS, _PASSING, _REPLY, _ENHANCED))


def class_in(text: str) -> str:
    """"4" or "5", from the first SMTP reply or enhanced code in a text; "" if there is none."""
    found = _REPLY.search(text[:4000])
    code = code_in(text)
    return found[1][0] if found else code[:1] if code[:1] in ("4", "5") else ""


def cause_of(code: str, said: str) -> Cause:
    """The cause of a final failure. Without any indication the address is assumed: it takes several days of failures to suppress one."""
    said = _WRAPPED.sub("", said[:4000])
    words = _NO_WORDS.sub("@", said)
    detail = code.partition(".")[2]
    if detail in ("1.7", "1.8") or _ABOUT_OUR_ADDRESS.search(words):
        return Cause.SENDER
    us, address, passing = _SENDER.search(words), _ADDRESS.search(words), _PASSING.search(words)
    is_of_address = address is not None and detail.startswith("1.")
    if us is not None and not is_of_address and (address is None or us.start() < address.start()):
        return Cause.SENDER
    if (passing is None or address is not None) and _BEFORE_RECIPIENT.search(words):
        return Cause.SENDER
    if passing is not None and not is_of_address:
        is_of_mailbox = address is None or _FULL.search(words) or (detail[:2] in ("2.", "3.", "4.") and detail != "2.1")
        return Cause.PASSING if is_of_mailbox and not (address is None and _PERHAPS_SENDER.search(words)) else _other(words, address)
    if address is not None:
        return Cause.ADDRESS
    if _PERHAPS_SENDER.search(words) or _SENDER.search(said):
        return Cause.SENDER
    return _by_code(code, words)


def place_in(words: str) -> str:
    """The command that a refusal answers, as far as the words tell: one before the recipient was named cannot be about the recipient."""
    found = _BEFORE_RECIPIENT.search(words) or _BEHIND_RECIPIENT.search(words)
    return found[0] if found else ""


def _other(words: str, address: re.Match[str] | None) -> Cause:
    """The cause where the words indicate both a temporary cause and another: a full mailbox is full, under whatever policy."""
    if address is not None:
        return Cause.ADDRESS
    return Cause.PASSING if _FULL.search(words) else Cause.SENDER


def _by_code(code: str, words: str) -> Cause:
    """The cause as far as codes alone tell."""
    by_code = next((cause for pattern, cause in _BY_CODE if pattern.match(code.partition(".")[2])), None)
    if by_code is not None and not code.endswith(".0.0"):
        return by_code
    reply = _REPLY.search(words)
    if _BEHIND_RECIPIENT.search(words) and (reply is None or reply[1] != "552"):
        return Cause.SENDER
    # RFC 5321 §4.2.3: 552 is about storage, and 554 about the transaction; 550, 551 and 553 are about the mailbox.
    return {"552": Cause.PASSING, "554": Cause.SENDER}.get(reply[1] if reply else "", Cause.ADDRESS)


def judged(code: str, said: str, *, own: str | None = None) -> tuple[Verdict, Cause]:
    """Verdict and cause of a failure that somebody reports as final, with the code that goes with it.

    `own` is the status of the report itself, where that is not the code. RFC 3463 tells what of it lasts: "persistent transient" (4.x.x)
    says that sending later may be successful, also in a report of failure; a full mailbox (x.2.2) is to be taken for one; and x.3 to x.7
    are about a system, the network, the protocol, the content or a policy, not about who lives at the address.
    """
    cause = cause_of(code, said)
    if code.startswith("4.") and not _NEVER.search(said):
        return Verdict.SOFT, Cause.SENDER if cause is Cause.SENDER else Cause.PASSING
    if code.endswith(".2.2") and cause is Cause.PASSING:
        return Verdict.SOFT, cause
    detail = (code if own is None else own).partition(".")[2]
    is_of_address = cause is Cause.ADDRESS or detail.startswith("1.") or detail in ("", "0.0", "2.0", "2.1")
    return Verdict.HARD if is_of_address else Verdict.SOFT, cause
