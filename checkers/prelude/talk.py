"""Talk helpers: what was said.

They search with plain string methods: the sandbox compiles a regular expression anew at every use, and one costs more
than the rest of a verdict. The patterns that are left are tried only where a word of theirs was said.
"""

import re
from typing import Any

Entry = dict[str, Any]
Places = list[tuple[str, str]]
"""The text on both sides of each place."""
_NEAR = 500
"""Characters of it."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_MONTHS = "january february march april may june july august september october november december"
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = ["st", "nd", "rd", "th"]
_UNITS = ["usd", "us dollar", "us dollars", "dollar", "dollars", "bucks"]
_GLUED = ["gb", "mb", "kg", "lb", "lbs", "km", "h", "min"]
_NO_MONEY = [
    "free of charge", "for free", "at no cost", "no cost", "no charge", "no extra cost", "no extra charge",
    "used up",
]  # fmt: skip
_NO_NUMBER = ["none", "used up", "sold out", "out of stock"]
# "this one" and "one moment" count nothing.
_NO_COUNT = "this that the which another other each any no new right wrong"
_NO_COUNTED = "dollar dollars cent cents bucks moment second sec minute more by"

_UNABLE = [
    "can't", "cannot", "can not", "can no longer", "unable to", "impossible", "ineligible", "too late to",
    "must decline", "must refuse", "must say no", "have to decline", "have to refuse", "have to say no",
    "need to decline", "need to refuse", "need to say no", "we don't cancel", "we do not cancel",
    "we don't refund", "we do not refund", "no ground", "no grounds", "none of the grounds",
    "turn this down", "turn that down", "turn it down", "turn your request down",
    "policy only", "policy prohibits", "policy forbids",
    "policy prevents", "policy excludes", "against policy", "against our policy", "against the policy",
    "against rules", "against our rules", "against the rules", "i'm afraid not", "i'm afraid that's not",
]  # fmt: skip
_ALLOWED = [
    "able to", "possible", "eligible", "allowed", "permitted", "refundable", "returnable", "exchangeable",
    "authorised", "authorized", "qualify", "offer", "allow", "permit", "let me", "meet", "an option", "a ground",
    "grounds", "we can", "we do", "we offer", "i can",
]  # fmt: skip
_LATE = {
    "window period deadline": (
        r"(?<![a-z])(?:(?:outside|past|beyond) (?:of )?(?:our |the |its |your )?(?:[a-z0-9-]+ ){0,3}"
        r"(?:window|period|deadline)|(?:window|period|deadline)(?: for [a-z ]{1,20})?(?: has| is|'s)?(?: already)?"
        r" (?:closed|passed|expired|over))(?![a-z])"
    ),
    "unfortunately": r"(?<![a-z])unfortunately[^.!?;]* no longer(?![a-z])",
}
"""{the words of which one must be there: the pattern}"""
_LEADS = [
    "be able to ", "able to ", "seem to ", "seem able to ", "appear to ", "appear able to ", "currently ", "yet ",
    "quite ", "to ",
]  # fmt: skip
_LOOKING = [
    "find", "locate", "see", "look", "access", "verify", "authenticate", "identify", "confirm", "tell", "check",
    "reach", "read", "open", "load", "match", "pull", "hear", "understand", "wait", "thank", "stress", "go wrong",
    "take long", "be long", "be a moment", "be a minute",
]  # fmt: skip
_SUPPOSING = ["if", "why", "whether", "when"]
_AWAITING = ["until you", "unless you", "without your", "before you", "once you"]
_ASKING = [
    "why", "can", "could", "is", "are", "do", "does", "did", "would", "was", "have", "has", "which", "what", "any",
]  # fmt: skip


def refused(messages: list[Entry]) -> bool:
    """Whether the assistant told the user that what they want cannot be done. "I can't find that order" is no refusal,
    nor is "I can't do that until you confirm"."""
    asked = False
    for message in messages:
        if message["speaker"] == "user":
            asked = True
        elif asked and _says_no(_plain(message["content"])):
            return True
    return False


def _says_no(text: str) -> bool:
    phrases = [phrase for phrase in _UNABLE if phrase in text]
    for end in ".!?;":
        text = text.replace(end, end + "\n")
    return any(_declines(sentence, phrases) for sentence in text.split("\n"))


def _declines(sentence: str, phrases: list[str]) -> bool:
    if sentence.endswith("?") and _opening(sentence.lstrip(), _ASKING):
        return False
    for before, after in _refusals(sentence, phrases):
        if not (_is_looking(after) or _words_at(after, _AWAITING) or _is_supposed(before)):
            return True
    return False


def _refusals(sentence: str, phrases: list[str]) -> Places:
    """What stands around each of the phrases, "not allowed", "past the deadline" and the like."""
    found = _words_at(sentence, phrases)
    if "n't" in sentence:
        denied = [place for place in _places(sentence, "n't") if place[0][-1:].isalpha()]
        found += _not_allowed([(left.rstrip(_LETTERS), right) for left, right in denied])
    if "no" in sentence:
        denied = _words_at(sentence, ["not", "no longer", "non"])
        found += _not_allowed([(left, right) for left, right in denied if left[-4:] != "can "])
    for cues, pattern in _LATE.items():
        if any(cue in sentence for cue in cues.split()):
            found += [(sentence[: hit.start()], sentence[hit.end() :]) for hit in re.finditer(pattern, sentence)]
    return found


def _not_allowed(denied: Places) -> Places:
    """The denials that go on with a word of permission; they end after it."""
    found: Places = []
    for left, right in denied:
        if right[:1] in [" ", "-"]:
            right = right[1:].removeprefix("be ").removeprefix("something ")
            word = _opening(right, _ALLOWED)
            if word:
                found.append((left, right[len(word) :]))
    return found


def _is_looking(after: str) -> bool:
    """Whether it is about finding or knowing something; that is no refusal."""
    after, lead = after.lstrip(" "), "-"
    while lead:
        lead = "".join([lead for lead in _LEADS if after.startswith(lead)][:1])
        after = after[len(lead) :]
    return _opening(after, _LOOKING) != ""


def _is_supposed(before: str) -> bool:
    """Whether an "if", "why" or "when" stands at most three words before."""
    if before[-1:] != " ":
        return False
    for word in before.replace("in case ", "if ").split()[:-5:-1]:
        if word.lstrip("\"'(,:-") in _SUPPOSING:
            return True
        if any(not (mark.isalnum() or mark in "#'-") for mark in word):
            return False
    return False


def _opening(text: str, words: list[str]) -> str:
    """The one of the words that the text starts with, "" if with none."""
    for word in words:
        if text.startswith(word) and not text[len(word) : len(word) + 1].isalpha():
            return word
    return ""


def _places(text: str, words: str) -> Places:
    found: Places = []
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        found.append((text[max(0, at - _NEAR) : at], text[end : end + _NEAR]))
        at = text.find(words, at + 1)
    return found


def _words_at(text: str, words: list[str]) -> Places:
    """The places of the words that are not part of longer ones."""
    found: Places = []
    for word in words:
        if word in text:
            for left, right in _places(text, word):
                if not left[-1:].isalpha() and not right[:1].isalpha():
                    found.append((left, right))
    return found


def told(messages: list[Entry], *, money: Any = None, number: Any = None, date: Any = None, text: Any = None) -> bool:
    """Whether the assistant said it, in any usual form; give exactly one of the four. money=12.4 is told by "$12.40",
    "12.40 USD", "twelve dollars and forty cents" (the sign does not matter); number=3 by "3" or "three";
    date="2026-06-15" by "June 15th", "06/15/2026" and the like; text by the same words in any case and spacing."""
    given = [value for value in (money, number, date, text) if value is not None]
    if len(given) != 1:
        raise ValueError("told() takes exactly one of money=, number=, date= and text=, and not None")
    said = _plain(" | ".join([message["content"] for message in messages if message["speaker"] == "assistant"]))
    if money is not None:
        return _says_money(said, _amount(money))
    if number is not None:
        return _says_number(said, _amount(number))
    if date is not None:
        return _says_date(said, str(date))
    return _says_text(said, _plain(str(text)).strip(" .!?\n"))


def _plain(text: str) -> str:
    """Lower case, single spaces, one kind of quote and dash, no Markdown emphasis; line breaks stay."""
    text = text.lower()
    for mark in "*_`~\\":
        text = text.replace(mark, "")
    if not text.isascii():
        text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u2212", "-").replace("\u2011", "-")
    return "\n".join([" ".join(line.split()) for line in text.split("\n")])


def _amount(value: Any) -> float:
    return round(abs(float(str(value).replace("$", "").replace(",", ""))), 6)


def _numerals(said: str, number: int) -> Places:
    """The places of a whole number in digits, with thousands separated or not."""
    plain, parted = str(number), f"{number:,}"
    return _places(said, plain) + (_places(said, parted) if parted != plain else [])


def _free_left(left: str) -> bool:
    """Whether a numeral can begin here: not within a word, an id, or a longer number."""
    last = left[-1:]
    if last == "-":
        return not left[-2:-1].isalnum()
    if last != "" and last in ".,:/":
        return not left[-2:-1].isdigit()
    return not (last.isalnum() or last == "#")


def _free_right(right: str) -> bool:
    first = right[:1]
    return not (first.isalnum() or (first != "" and first in ".,:/-" and right[1:2].isdigit()))


def _says_money(said: str, amount: float) -> bool:
    if amount == 0 and _words_at(said, _NO_MONEY):
        return True
    said = said.replace("us$", "$").replace("usd", " usd ").replace("  ", " ")
    dollars, cents = divmod(round(amount * 100), 100)
    for left, right in _numerals(said, dollars):
        if _is_exact(left, right, f".{cents:02}") if cents else _is_round(left, right):
            return True
    return _spells_money(said, dollars, cents)


def _is_exact(left: str, right: str, cents: str) -> bool:
    """Whether an amount ends with these cents between the two; their last zero may be left out."""
    short = cents.removesuffix("0")
    if not (right.startswith(short) and _free_left(left)):
        return False
    return _ends(right[len(cents) :] if right.startswith(cents) else right[len(short) :])


def _is_round(left: str, right: str) -> bool:
    """Whether an amount of dollars without cents stands between the two: "$15", "15.00", "15 dollars"."""
    lead, free, dotted = left.removesuffix("-").removesuffix(" "), _free_left(left), right[:2] == ".0"
    marked = lead[-1:] == "$" or (lead[-3:] == "usd" and not lead[-4:-3].isalpha())
    if (marked or (free and dotted)) and _ends(right[2:].removeprefix("0") if dotted else right):
        return True
    right = right.removeprefix(" ")
    unit = _opening(right, _UNITS)
    after = [word for word in right[len(unit) :].split()[:3] if word != "and"]
    return free and unit != "" and not (len(after) > 1 and after[0].isalnum() and after[1].startswith("cent"))


def _ends(right: str) -> bool:
    """Whether an amount has ended here."""
    return _free_right(right) and right[:1] != "%" and right[:2] != " %"


def _spells_money(said: str, dollars: int, cents: int) -> bool:
    if "dollar" not in said and "cent" not in said:
        return False
    said = _spoken(said).replace(" dollar ", " dollars ").replace(" cent ", " cents ")
    for lead in (_spelled(dollars), str(dollars)):
        for tail in (_spelled(cents), str(cents)) if cents else ("",):
            whole, part = lead + " dollars", tail + " cents"
            for left, right in _stands(said, whole if not cents else whole + " " + part if dollars else part):
                if left[-1:] != ["dollars"] if cents else "cents" not in right[1:3]:
                    return True
    return False


def _says_number(said: str, amount: float) -> bool:
    if amount == 0 and _words_at(said, _NO_NUMBER):
        return True
    whole, _, decimals = f"{amount:.6f}".rstrip("0").partition(".")
    for left, right in _numerals(said, int(whole)):
        if decimals and not right.startswith("." + decimals):
            continue
        right = right[len(decimals) + 1 :].lstrip("0") if decimals or right[:2] == ".0" else right
        right = right[len(_opening(right, _GLUED)) :]
        if _free_left(left) and _free_right(right) and not _is_money(left, right) and not _is_day_or_mark(left, right):
            return True
    words = _spelled(int(whole))
    if decimals or words.split()[-1] not in said:
        return False
    for left, right in _stands(_spoken(said), words):
        counted = right[:1] == [] or right[0] not in _NO_COUNTED.split()
        if counted and not (amount == 1 and left[-1:] != [] and left[-1] in _NO_COUNT.split()):
            return True
    return False


def _is_money(left: str, right: str) -> bool:
    """Whether the numeral between the two counts dollars."""
    return (
        left[-1:] == "$"
        or left[-2:] in ["$ ", "$-"]
        or left[-4:] == "usd "
        or _opening(right.removeprefix(" "), _UNITS) != ""
    )


def _is_day_or_mark(left: str, right: str) -> bool:
    """Whether the numeral between the two is the day of a date or the mark of a list item."""
    if right[:2] in [". ", ") "] and (left == "" or left[-1] == "\n" or left[-2:] == "| "):
        return True
    near = left.split()[-1:] + right.replace(" of ", " ").split()[:1]
    return any(_is_month(word.strip(".,")) for word in near)


def _is_month(word: str) -> bool:
    return len(word) > 2 and any(month.startswith(word) for month in _MONTHS.split())


def _spoken(said: str) -> str:
    """Only words and numerals, between single spaces, without "and"."""
    said = "".join([mark if mark.isalnum() or mark in "$|" else " " for mark in said])
    said = " " + " ".join(said.split()) + " "
    return said.replace(" and ", " ").replace(" a hundred ", " one hundred ").replace(" a thousand ", " one thousand ")


def _stands(said: str, phrase: str) -> list[tuple[list[str], list[str]]]:
    """The words on both sides of each place where number words are not part of a longer number."""
    parts, found = said.split(" " + phrase + " "), []
    for number in range(1, len(parts)):
        left, right = parts[number - 1].split(), parts[number].split()
        bigger = left[-1:] != [] and left[-1] in [*_TENS.split(), "hundred", "thousand"]
        if not bigger and not (right[:1] != [] and right[0] in ["hundred", "thousand", "million"]):
            found.append((left, right))
    return found


def _spelled(number: int) -> str:
    """A whole number in words, without "and" and hyphens."""
    if number < 20:
        return _SMALL.split()[number]
    if number < 100:
        return _TENS.split()[number // 10 - 2] + (" " + _SMALL.split()[number % 10] if number % 10 else "")
    if number >= 1000000:
        return str(number)
    size, unit = (1000, "thousand") if number >= 1000 else (100, "hundred")
    return _spelled(number // size) + " " + unit + (" " + _spelled(number % size) if number % size else "")


def _says_date(said: str, date: str) -> bool:
    """Whether YYYY-MM-DD is there in any usual form; the year may be left out, but not be another one."""
    year, month, day = date[:4], str(int(date[5:7])), str(int(date[8:10]))
    months, days = [month, month.zfill(2)], [day, day.zfill(2)]
    for mark in "-/":
        for form in [year + mark + one + mark + other for one in months for other in days]:
            if any(_apart(left) and not right[:1].isdigit() for left, right in _places(said, form)):
                return True
    for form in [one + "/" + other for one in months for other in days]:
        if any(_apart(left) and _ends_numeric(right, year) for left, right in _places(said, form)):
            return True
    return _says_month(said, _MONTHS.split()[int(month) - 1], day, year)


def _apart(left: str) -> bool:
    """Whether a date can begin here."""
    return not (left[-1:].isalnum() or left[-1:] in ["-", "/"])


def _ends_numeric(right: str, year: str) -> bool:
    right = right.removeprefix("/" + year) if right.startswith("/" + year) else right.removeprefix("/" + year[2:])
    return not (right[:1].isalnum() or right[:1] == "/")


def _says_month(said: str, month: str, day: str, year: str) -> bool:
    """Whether it is there with the name of its month: "June 15th", "15 of Jun."."""
    for left, right in _places(said, month[:3]):
        if right.startswith(month[3:]):
            right = right.removeprefix(month[3:])
        else:
            right = right.removeprefix("t" if month == "september" else "").removeprefix(".")
        after = right.removeprefix(" ").removeprefix("the ")
        if right[:1] == " " and _apart(left) and after.startswith(day) and _ends_named(_past(after, day), year):
            return True
        if left[-1:] == " " and _ends_with_day(left[:-1].removesuffix(" of"), day) and _ends_named(right, year):
            return True
    return False


def _past(text: str, day: str) -> str:
    """What follows a day of the month, "15" or "15th"."""
    text = text.removeprefix(day)
    return text[2:] if text[:2] in _ORDINALS else text


def _ends_with_day(left: str, day: str) -> bool:
    left = left[:-2] if left[-2:] in _ORDINALS else left
    return left.endswith(day) and _apart(left.removesuffix(day))


def _ends_named(right: str, year: str) -> bool:
    """Whether a date that may end here is not of another year."""
    if right[:1].isalnum():
        return False
    right = right.removeprefix(",")
    other = right[1:5]
    return not (right[:1] == " " and len(other) == 4 and other.isdigit() and other != year and not right[5:6].isdigit())


def _says_text(said: str, wanted: str) -> bool:
    """Whether the words are there, and not as part of a longer word or id."""
    said, wanted = " ".join(said.split()), " ".join(wanted.split())
    parts = said.split(wanted) if wanted else []
    return any(_ends_well(parts[number - 1], parts[number], wanted) for number in range(1, len(parts)))


def _ends_well(left: str, right: str, wanted: str) -> bool:
    joined_left = left[-1:].isalnum() or (left[-1:] == "-" and left[-2:-1].isalnum())
    if wanted[-1].isalpha():
        right = right.removeprefix("'").removeprefix("s")
    joined_right = right[:1].isalnum() or (right[:1] == "-" and right[1:2].isalnum())
    return not (wanted[0].isalnum() and joined_left) and not joined_right
