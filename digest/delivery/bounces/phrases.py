"""Phrases of failure reports written for people, in the languages of mail servers."""

from __future__ import annotations

import re

FAILED_SUBJECT = re.compile(
    r"undeliver|non-?deliver|not delivered|(?:delivery|deliver|mail|message|email|e-mail|dsn)\b.{0,30}(?:fail|failure"
    r"|problem|error|notification|warning|report|delay|status|suspended|impossible)"
    r"|(?:fail|failure|failed|problem|error|warning|delay|delayed|impossible)\b.{0,30}(?:deliver|delivery|mail|message"
    r"|notice)|returned? (?:mail|message|to sender|email)|mail (?:system )?error"
    r"|failure (?:notice|delivery)|could not (?:be )?(?:deliver|send|sent)|can(?:no|')t (?:be )?deliver|bounce|rejected"
    r"|user (?:unknown|not)|processing error|undelivered|not (?:yet )?been delivered|delayed|message (?:you sent )?blocked"
    r"|unzustellbar|nicht zugestellt|zustell|konnte nicht|fehlgeschlagen|non remis|non distribu|[ée]chec|retour"
    r"|impossible de|n'a pas pu|undelivered"
    r"|no (?:se )?(?:pudo|entregad)|error (?:de|al|en)|fallo|n[aã]o (?:foi )?(?:entreg|poss)|falha|devuelto|devolvid|mancat"
    r"|impossibile|non recapit|onbestelbaar|niet (?:bezorgd|afgeleverd)|niedostarcz|zwrot"
    r"|не (?:доставлен|удалось)|недоставл|ошибка|сообщение не|возврат|配信|配送|メールエラー|送信(?:失敗|エラー|できません)|戻って|不達"
    r"|退信|未送达|投递失败|无法(?:送达"
    r"|投递)|未投遞|無法傳遞|전송|배달|반송|utilisateur non",
    re.IGNORECASE,
)
DAEMON = re.compile(
    r"^(?:mailer[-_. ]?daemon|mail[-_. ]?daemon|mdaemon|postmaster|post[-_.]?master|mail[-_. ]?delivery"
    r"|mail\.delivery\.system|maildelivery|delivery|ndr|dsn|bounces?|mailerdaemon|daemon|mailadm(?:in)?|mailsystem|system"
    r"|imss|e\d*_?smtp"
    r"|microsoftexchange[0-9a-f]*|no-?reply-?(?:bounce|dsn)|mmdf|uucp|root|smtp|amavis\w*|virus\w*|symantec\w*|scan\w*"
    r"|antispam\w*|mail-?gateway)",
    re.IGNORECASE,
)
DAEMON_NAME = re.compile(
    r"mail delivery|delivery (?:sub)?system|mailer-daemon|postmaster|system administrator|mail (?:system|administrator"
    r"|service)|delivery (?:service|agent)|systemadministrator|administrateur syst|microsoft outlook",
    re.IGNORECASE,
)

INTRODUCTION = re.compile(
    r"(?:following|these|this|listed|failed|affected|invalid|undeliverable|intended|one or more)\b.{0,30}(?:address"
    r"|recipient|user|destination|people|mailbox)|could not be (?:delivered|reached|sent)|(?:not|n't|unable to|failed to"
    r"|cannot) (?:be )?(?:deliver|send|reach)"
    r"|did (?:not|n't) (?:receive|reach)|was not delivered|not (?:yet )?been delivered|undeliverable|delivery (?:to"
    r"|has failed|failed)|failed (?:permanently|addresses|recipients?)|permanent fatal errors|transient non-fatal"
    r"|has been delayed|delivery .{0,40}(?:was|is) (?:aborted|delayed|impossible)"
    r"|recipients?:?$|address(?:es|\(es\))?:?$|your message to\b|no se pudo|no ha podido|no pudo ser|n[aã]o (?:p[oô]de|foi)"
    r"|konnte.{0,60}(?:nicht|werden)|nicht zugestellt|empf[aä]nger|destinataire|n'a pas p|n'ont pas|destinatari"
    r"|non (?:è stato|e' stato)|impossibile"
    r"|не (?:может|удалось|доставлено|был)|адрес|получател|以下の|次の(?:受信者|宛先|アドレス)|宛先|送信できません"
    r"|配信できません|以下(?:收件人|地址)|收件人|无法|無法"
    r"|받는|ontvanger|niet (?:worden )?(?:afgeleverd|bezorgd)|nie (?:może|mogła|został)",
    re.IGNORECASE,
)
RECIPIENT_LABEL = re.compile(
    r"(?:(?:original |final |intended |failed |invalid |unknown |undeliverable |rejected |envelope "
    r"|destination )*(?:recipients?|rcpt to|rcpt|addressee|address(?:es|ed to|ed)?|users?|mailbox(?: of)?|account(?: of)?"
    r"|accounts?|e-?mail|destinataires?|empf[aä]nger|destinatari[oa]s?|адрес|宛先|收件人|받는 사람)"
    r"(?: address(?:es)?| name| userid| account| mailbox| is| was| email)?|error-for|undeliverable (?:mail )?to|deliver(?:y"
    r"|ed)?(?: \w+){0,4} (?:to|for)|(?:message|mail|letter|e-?mail)(?: \w+){0,3} (?:to|for)|failed(?: \w+){0,2} (?:to|for)"
    r"|attempts|reach|delivering|gateway for|relay for|violation for|final delivery userid|not deliver(?:ed)? to"
    r"|generated (?:from|by)|expanded from|(?<!\w)an|zustellung an|nachricht an|message [àa]|mensaje a)"
    r"[\s:=;,<>\[\]\"'(*.-]*(?:smtp:|rfc822;|mailto:)?[\s<\[\"'(]*$",
    re.IGNORECASE,
)
FAILING = re.compile(
    r"\b[45]\d\d\b|\b[45]\.\d\.\d|un-?known|invalid|not (?:found|exist|valid|deliver|listed|collected)|n't (?:exist|have)"
    r"|no such|unable|could ?n[o']t|cannot|can't|fail|undeliver|full|quota|reject|refused|denied|disabled|does not|no longer"
    r"|error|did not|bounce|delayed|postponed|exceed"
    r"|nicht|unbekannt|inconnu|n'existe|pas (?:pu|été)|no existe|desconoc|no pudo|não|inesistente|sconosciut|не |неизвест"
    r"|ありません|できません|不存在|无法",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"not yet (?:been )?(?:deliver|sent|accepted)|(?:delivery|we|attempts?|server|system"
    r"|it)\b.{0,40}\bwill (?:be )?(?:continue|keep|re-?tr|attempt|try|go on|resume)|will (?:be )?(?:continue|retried"
    r"|re-?attempted)|attempts? will|(?:still|being) (?:being )?(?:retried|tried|trying|queued)|still (?:in the queue"
    r"|undelivered|awaiting)"
    r"|(?:is|been|was|message|mail|delivery) (?:temporarily )?(?:delayed|postponed)|\bdelayed (?:by |for )?\d|\((?:delay"
    r"|delayed)\)|delayed mail|delivery delayed|warning (?:message )?only|only a warning|just a warning|this is a warning"
    r"|advisory-only|transient non-fatal|do not need to resend|no need to resend|could not be delivered for \d|will (?:keep"
    r"|continue)"
    r"|noch nicht (?:zugestellt|ausgeliefert)|verz[oö]ger|weiterhin versucht|weitere (?:zustell)?versuche|erneut versuch"
    r"|(?:nur )?eine warnung|pas encore (?:été|pu)|retard[ée]|sera (?:re)?tent|continuer|nouvelles? tentative"
    r"|a[uú]n no (?:se )?ha|retras|seguir[aá]|demorad|ainda n[aã]o|atrasad|continuar|non (?:è )?ancora|ritard|nog niet"
    r"|vertraagd|jeszcze nie|opóźni"
    r"|задерж|ещ[её] не|будут продолжен|будет повторен|遅延|遅れて|まだ配信|引き続き|再送(?:を)?(?:試|します)|再試行|延迟"
    r"|尚未|继续尝试|延遲|지연",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"permanent(?:ly)?\b|giv(?:en|ing) up|gave up|not (?:going to )?(?:be )?(?:tr(?:y|ied) again|retried)|no (?:further"
    r"|more) (?:attempt|delivery|retr)|won't be retried|will not (?:be )?(?:re)?tr(?:y|ied)|removed from the (?:mail )?queue"
    r"|has been removed|too long|after \d+ (?:attempt|failed|tries)|over a period of|failed \d+ (?:attempts|times)"
    r"|exceeded maximum|maximum .{0,20}(?:exceeded|reached)|retry time(?:out)? exceeded|time (?:has )?expired"
    r"|message expired|was aborted|within (?:the allowed queue|\d+ (?:day|hour))|(?:is|being|been|be) returned|undeliverable"
    r"|endg[uü]ltig|dauerhaft|aufgegeben|d[ée]finitif|permanente|abandon|definitiv|оконч|恒久|永久|放弃",
    re.IGNORECASE,
)
# Where the letter that is returned begins.
SEPARATOR = re.compile(
    r"^[\W_]*(?:(?:this is|included is|here is|attached is|below (?:is|this line is)|following is|the following is"
    r"|below the next line is)?\s*(?:a |the )?(?:copy|first (?:part|\d+ lines)) of (?:the|your)|below (?:this|the next) line"
    r"|(?:the )?(?:header|headers|body|text|content|contents|top \d+ lines|first \d+ lines)(?: and .{0,20})? (?:of"
    r"|from) (?:the|your) (?:original |unsent |returned )?(?:message|mail)|-- the header and"
    r"|(?:the )?(?:original|returned|unsent|undelivered|rejected|source|bounced|failed|forwarded"
    r"|non-delivered)[\w -]{0,20}(?:message|mail|e-?mail|letter|header)s?(?: \w+){0,4}(?:\s+(?:follows?|below|begins|header)"
    r"|\W*$)|message (?:text|header|headers|body|contents?)(?: \w+){0,2}(?:follow|below|\W*$)"
    r"|start of (?:returned|original|the)|begin(?:ning)? (?:of )?(?:returned|original|forwarded|message)"
    r"|your (?:original )?(?:message|mail) (?:follows|reads|was as follows|is (?:enclosed|attached|included))|(?:mensaje"
    r"|mensagem|messaggio|message) (?:original|originale|d'origine|devuelto)|urspr[uü]ngliche nachricht|kopie (?:der|ihrer)"
    r"|es folgt"
    r"|copia (?:del|de) |copie d[eu]|voici (?:une|la) copie|ниже|копия|исходное|以下(?:は|に).{0,20}(?:コピー|原文"
    r"|メッセージ)|元のメッセージ|原(?:始)?邮件|원본)",
    re.IGNORECASE,
)
_NOT_SEPARATORS = re.compile(r"was received|to the following|reason|recipient|not (?:be )?deliver|could not|because", re.IGNORECASE)
HEADER_LINE = re.compile(
    r"^[> ]{0,4}(?:Return-Path|Received|Message-ID|DKIM-Signature|X-Mailer|MIME-Version|Delivered-To|X-Originating-IP"
    r"|Content-Type)[ \t]*:",
    re.IGNORECASE,
)


def separates(line: str) -> bool:
    """Whether the line announces the returned letter."""
    return len(line) < 120 and SEPARATOR.match(line) is not None and _NOT_SEPARATORS.search(line) is None
