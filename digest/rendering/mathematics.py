from markupsafe import Markup, escape


def plain(text: str) -> str:
    return text


def html(text: str) -> Markup:
    return escape(text)
