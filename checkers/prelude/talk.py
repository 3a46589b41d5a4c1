"""Talk helpers: what was said.

Regular expressions keep to ASCII classes: the sandbox compiles them for every verdict, and others cost ten times more.
"""

import re
from typing import Any

Entry = dict[str, Any]

_MONTHS = "january february march april may june july august september october november december"
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"

_LEFT = "(?<![a-z0-9#])(?<![a-z0-9]-)(?<![0-9][.,:/])"
_RIGHT = "(?![a-z0-9])(?![.,:/-][0-9])(?! ?%)"
_UNIT = "(?:usd|us dollars?|dollars?|bucks)(?![a-z])"

_MORE = "(?:hundred|thousand|million)(?![a-z])"
_NEVER = "(?!)"
# "this one" and "one moment" count nothing.
_NO_COUNT = "(?:this|that|the|which|another|other|each|any|no|new|right|wrong)$"
_NO_COUNTED = "|(?:dollars?|cents?|bucks|moment|second|sec|minute|more|by)(?![a-z])"

_NOT = r"(?:not|[a-z]+n't|no longer|non)[ -](?:be |something )?"
_UNABLE = (
    r"(?<![a-z])(?:can't|cannot|can not|can no longer|unable to|"
    + _NOT
    + r"(?:able to|possible|eligible|allowed|permitted"
    r"|refundable|returnable|exchangeable|authori[sz]ed|qualify|offer|allow|permit|we (?:can|do|offer)|i can)"
    r"|impossible|ineligible|(?:must|have to|need to) (?:decline|refuse|say no)"
    r"|policy (?:only|prohibits|forbids|prevents|excludes)|against (?:our |the )?(?:policy|rules)|too late to"
    r"|(?:outside|past|beyond) (?:of )?(?:our |the |its |your )?(?:[a-z0-9-]+ ){0,3}(?:window|period|deadline)"
    r"|(?:window|period|deadline)(?: for [a-z ]{1,20})?(?: has| is|'s)?(?: already)? (?:closed|passed|expired|over)"
    r"|unfortunately[^.!?;]* no longer|i'm afraid (?:not|that's not))(?![a-z])"
)
_LOOKING = (
    r" *(?:be able to |able to |(?:seem|appear)(?: able)? to |currently |yet |quite |to )*"
    r"(?:find|locate|see|look|access|verify|authenticate|identify|confirm|tell|check|reach|read|open|load|match|pull"
    r"|hear|understand|wait|thank|stress|go wrong|take long|be long|be a moment|be a minute)(?![a-z])"
)
_SUPPOSED = r"(?<![a-z])(?:if|in case|why|whether|when) (?:[a-z0-9#'-]+ ){0,3}$"
_AWAITING = r"(?<![a-z])(?:until you|unless you|without your|before you|once you)(?![a-z])"
_ASKING = r" *(?:why|can|could|is|are|do|does|did|would|was|have|has|which|what|any)(?![a-z])"


def refused(messages: list[Entry]) -> bool:
    """Whether the assistant told the user that what they want cannot be done. "I can't find that order" is no refusal,
    nor is "I can't do that until you confirm"."""
    asked = False
    for message in messages:
        if message["speaker"] == "user":
            asked = True
        elif asked and any(_declines(sentence) for sentence in _sentences(message["content"])):
            return True
    return False


def _sentences(text: str) -> list[str]:
    return re.findall("[^.!?;\\n]+[.!?;\\n]?", _plain(text))


def _declines(sentence: str) -> bool:
    if sentence.endswith("?") and re.match(_ASKING, sentence):
        return False
    for hit in re.finditer(_UNABLE, sentence):
        before, after = sentence[: hit.start()], sentence[hit.end() :]
        if not (re.match(_LOOKING, after) or re.search(_AWAITING, after) or re.search(_SUPPOSED, before)):
            return True
    return False


def told(messages: list[Entry], *, money: Any = None, number: Any = None, date: Any = None, text: Any = None) -> bool:
    """Whether the assistant said it, in any usual form; give exactly one of the four. money=12.4 is told by "$12.40",
    "12.40 USD", "twelve dollars and forty cents" (the sign does not matter); number=3 by "3" or "three";
    date="2026-06-15" by "June 15th", "06/15/2026" and the like; text by the same words in any case and spacing."""
    given = [value for value in (money, number, date, text) if value is not None]
    if len(given) != 1:
        raise ValueError("told() takes exactly one of money=, number=, date= and text=, and not None")
    said = " | ".join([_plain(message["content"]) for message in messages if message["speaker"] == "assistant"])
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
    text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u2212", "-").replace("\u2011", "-")
    return "\n".join([" ".join(line.split()) for line in text.split("\n")])


def _amount(value: Any) -> float:
    return round(abs(float(str(value).replace("$", "").replace(",", ""))), 6)


def _digits(number: int) -> str:
    return f"{number:,}".replace(",", ",?")


def _says_money(said: str, amount: float) -> bool:
    said = said.replace("us$", "$").replace("usd", " usd ").replace("  ", " ")
    dollars, cents = divmod(round(amount * 100), 100)
    if cents:
        exact = _digits(dollars) + r"\." + (str(cents // 10) + "0?" if cents % 10 == 0 else f"{cents:02}")
        pattern = _LEFT + exact + _RIGHT
    else:
        bare, zeros = _digits(dollars), r"\.00?"
        marked = r"(?:(?:\$|(?<![a-z])usd) ?-?" + bare + "(?:" + zeros + ")?|" + _LEFT + bare + zeros + ")" + _RIGHT
        pattern = marked + "|" + _LEFT + bare + " ?" + _UNIT + "(?! (?:and )?[a-z0-9]+ cents?)"
    return re.search(pattern, said) is not None or _spells_money(said, dollars, cents)


def _spells_money(said: str, dollars: int, cents: int) -> bool:
    said = _spoken(said).replace(" dollar ", " dollars ").replace(" cent ", " cents ")
    for lead in (_spelled(dollars), str(dollars)):
        for tail in (_spelled(cents), str(cents)):
            whole, part = lead + " dollars", tail + " cents"
            if cents and _stands(said, whole + " " + part if dollars else part, "dollars", ""):
                return True
        if not cents and _stands(said, whole, _NEVER, "|(?:[a-z0-9]+ ){1,2}cents "):
            return True
    return False


def _says_number(said: str, amount: float) -> bool:
    whole, _, decimals = f"{amount:.6f}".rstrip("0").partition(".")
    form = _digits(int(whole)) + (r"\." + decimals + "0*" if decimals else r"(?:\.0+)?")
    pattern = r"(?<!\$)(?<!\$ )(?<!\$-)(?<!usd )" + _LEFT + form + _RIGHT.replace("(?! ?%)", "") + "(?! ?" + _UNIT + ")"
    for hit in re.finditer(pattern, said):
        if not _is_day_or_mark(said[: hit.start()], said[hit.end() :]):
            return True
    before = _NO_COUNT if amount == 1 else _NEVER
    return not decimals and _stands(_spoken(said), _spelled(int(whole)), before, _NO_COUNTED)


def _is_day_or_mark(before: str, after: str) -> bool:
    """Whether the numeral between the two is the day of a date or the mark of a list item."""
    if after[:2] in (". ", ") ") and (before == "" or before[-1] == "\n" or before[-3:] == " | "):
        return True
    near = before.split()[-1:] + after.replace(" of ", " ").split()[:1]
    return any(_is_month(word.strip(".,")) for word in near)


def _is_month(word: str) -> bool:
    return len(word) > 2 and any(month.startswith(word) for month in _MONTHS.split())


def _spoken(said: str) -> str:
    """Only words and numerals, between single spaces, without "and"."""
    said = " " + re.sub("[^a-z0-9$|]+", " ", said) + " "
    return said.replace(" and ", " ").replace(" a hundred ", " one hundred ").replace(" a thousand ", " one thousand ")


def _stands(said: str, phrase: str, before: str, after: str) -> bool:
    """Whether number words occur, neither as part of a longer number nor right between the patterns given."""
    parts = said.split(" " + phrase + " ")
    for number in range(1, len(parts)):
        left, right = parts[number - 1].split(), parts[number]
        bigger = left and left[-1] in [*_TENS.split(), "hundred", "thousand"]
        if not bigger and not re.match(_MORE + after, right) and not (left and re.match(before, left[-1])):
            return True
    return False


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
    year, month, day = date[:4], int(date[5:7]), int(date[8:10])
    name = _MONTHS.split()[month - 1]
    named = "(?:" + name + "|" + name[:3] + ("t?" if month == 9 else "") + r"\.?)"
    nth = str(day) + "(?:st|nd|rd|th)?"
    other_year = "(?![a-z0-9])(?!,? (?!" + year + ")[0-9]{4}(?![0-9]))"
    numeric = "0?" + str(month) + "/0?" + str(day) + "(?:/" + year + "|/" + year[2:] + "|(?!/))(?![a-z0-9/])"
    iso = year + "[-/]0?" + str(month) + "[-/]0?" + str(day) + "(?![0-9])"
    spoken = named + " (?:the )?" + nth + other_year + "|" + nth + " (?:of )?" + named + other_year
    return re.search("(?<![a-z0-9/-])(?:" + iso + "|" + numeric + "|" + spoken + ")", said) is not None


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
