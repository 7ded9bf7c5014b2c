"""The messages that `notes.py` translates, specific ones before general ones that would match the same; pairs are singular and plural."""

from __future__ import annotations

from .languages import message, messages

NUMBERS = (
    message("two"), message("three"), message("four"), message("five"), message("six"), message("seven"), message("eight"),
    message("nine"), message("ten"),
)  # fmt: skip

_BY_NAME = (
    message("another ORCID iD"),
    message("another OpenAlex id"),
    message("no co-author or field in common"),
    message("{why}, which others have too"),
    message("by name; writes with {who}"),
    message("by name; same field"),
    message("by name; in a field you read"),
    message("by name"),
)
_REASONS = (
    message("topic {topic} (says {words})"),
    message("topic {topic} (in other words)"),
    message("topic {topic}"),
    message("far from topic {topic}"),
    message("keyword in the title {keyword}"),
    message("keyword {keyword}"),
    message("no keyword {keyword}"),
    message("near {title}, which you liked"),
    message("unlike {title}, which you liked"),
    message("near {title}, which you disliked"),
    message("unlike {title}, which you disliked"),
    message("near {count} more papers that you liked"),
    message("near {count} papers that you liked"),
    message("your liked papers"),
    message("less what any paper gets"),
    message("other reasons"),
    messages("popular: {count} vote", "popular: {count} votes"),
    message("no votes"),
    message("no date"),
    message("dated in the future"),
    message("just published"),
    message("published {count} days ago"),
    message("published more than a month ago"),
    message("in {categories}"),
    message("not in {categories}"),
    message("not by {who}"),
    message("by a namesake of {who}, whom you follow: {why}"),
    message("you follow {who} ({why})"),
    message("you follow {listed}"),
)
_BESIDE = (
    message("outside what you follow: {why}"),
    messages("{count} vote", "{count} votes"),
    message("in {count} lists"),
    message("much of what is new is like it"),
    message("from {month} {year}, near {interest}"),
    message("near {interest}"),
)
_UPDATED = (
    message("accepted: {who}; version {number}; you saw version {liked}"),
    message("version {number}; you saw version {liked}"),
    message("accepted: {who}"),
    message("withdrawn"),
)
_SENTENCES = (
    message("No letter came for {count} days: this one covers them all."),
    message("No letter came for {count} days: this one covers the last {number}."),
    message("This is your first letter."),
    message("This is your first letter. What we understood: {known}."),
    message("If that is not right, answer this letter."),
    message("If that is not right, write to {address}."),
    message("If that is not right, use “Preferences” at the end of this letter."),
    message("To say what you read, answer this letter."),
    message("To say what you read, write to {address}."),
    message("To say what you read, use “Preferences” at the end of this letter."),
    message("Your profile {why}, so this is {known}, not a choice made for you."),
    message("has no topic, keyword, author or liked paper yet"),
    message("names only liked papers that no source knows"),
    message("what is new"),
    message("what is new in {categories}"),
    message("what is talked about most"),
    message("None of the papers chosen here stands out by what you asked for; a floor of 10 keeps such ones out."),
    message("Besides what people you follow wrote, nothing here stands out by what you asked for; a floor of 10 keeps such papers out."),
    message("None of the papers chosen here says enough words of any of your topics to be surely about it; they came nearest."),
    message("Samples: these papers, their authors and their results are invented, to show what an issue looks like."),
    messages("{count} of today's papers was already in your library.", "{count} of today's papers were already in your library."),
)
_UNDERSTOOD = (
    message("topics {listed}"),
    message("keywords {listed}"),
    message("keyword {who}"),
    message("categories {listed}"),
    message("category {who}"),
    message("papers that say {listed} are not shown"),
    message("papers in {listed} are not shown"),
    message("{why} in {number} groups: {listed}"),
    messages("{count} paper of your library and {liked} that you liked", "{count} papers of your library and {liked} that you liked"),
    messages("{count} paper of your library", "{count} papers of your library"),
    messages("{count} paper that you liked", "{count} papers that you liked"),
    messages("{count} paper that you like and no source knows yet", "{count} papers that you like and no source knows yet"),
    message("{count} more"),
)
_UNUSED = (
    message("line {count}: {why}"),
    message("neither an arXiv id, a DOI nor a web address"),
    message("neither a title nor an arXiv id, a DOI or a web address of its own"),
    message("{kind} without a DOI or an arXiv id: {title}"),
    message("stands twice in the library"),
    message("another entry of this name is the same paper, and tells more"),
    message("a brace or a quotation mark is never closed before the next entry"),
    message("a brace or a quotation mark is never closed before the end of the file"),
    message("no comma after its key"),
    message("a field without '='"),
    message("no comma between two fields"),
    message("it cannot be read as BibTeX"),
    message("it is no object with fields"),
    message("it is no item of Zotero"),
    message("a file without an entry: {title}"),
    message("it is in Zotero's bin"),
    message("the library does not say when it was added"),
)
"""Why an entry of a library is not used."""
KINDS = (
    message("a web page"), message("a blog post"), message("a post"), message("a letter"), message("a message"), message("software"),
    message("a film"), message("a recording"), message("a picture"), message("a map"), message("a broadcast"), message("an interview"),
    message("a law"), message("a law case"),
)  # fmt: skip
_INSIDE = (
    message("everything else"),
    message("what you follow"),
    message("{items} and {last}"),
    message("{items} or {last}"),
)
"""Said within the others, and never alone."""

RULES = (*_SENTENCES, *_UNUSED, *_BY_NAME, *_REASONS, *_UNDERSTOOD, *_UPDATED, *_BESIDE)
