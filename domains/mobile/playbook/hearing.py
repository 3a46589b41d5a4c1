"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for.

What customers say of their phone, in steps.py, holds none of these cues.
"""

from turnwright.llm.embedded.words import any_of

CUES = (
    ("none", any_of("waive", r"\bcredit\b", "discount", "goodwill", "compensation", "strike the", "cheaper for me")),
    (
        "request_port_in",
        any_of(
            r"\b(bring|move|transfer|carry|port)\b[^.?!]{0,40}\bnumber\b[^.?!]{0,60}\b(along|over|in|to you|here)\b",
            "keep my old number",
        ),
    ),
    (
        "issue_port_out_pin",
        any_of(
            "(leave|leaving|going|switching|moving) (you )?(for|to) another",
            "porting PIN",
            "port(ing)? out",
            "PIN to leave",
        ),
    ),
    (
        "dispute_charge",
        any_of(r"\bdispute\b", r"(don't|do not|never) (recogni[sz]e|ordered|order)", "not mine", "never asked for"),
    ),
    ("set_autopay", any_of("autopay", r"\bautomatically\b", "direct debit")),
    ("pay_bill", any_of(r"\b(pay|settle)\b[^.?!]{0,25}\bbill\b", r"\bbill\b[^.?!]{0,30}\b(paid|settled)\b")),
    (
        "get_bill",
        any_of(
            r"\bbill\b[^.?!]{0,50}\b(comes? to|add up|due|explain|clearer|high)\b",
            r"\b(explain|understand|what|how much|question|look|about)\b[^.?!]{0,40}\bbill\b",
        ),
    ),
    ("replace_sim", any_of(r"new SIM\b", "fresh SIM", "replacement SIM")),
    (
        "suspend_line",
        any_of(r"\bsuspend\b", r"\b(block|freeze|pause|lock down)\b", "put [^.?!]{0,30}on hold", "out of action"),
    ),
    (
        "resume_line",
        any_of(
            r"\b(resume|resumed|reactivate|reactivated|unblock|unfreeze)\b", "running again", r"back (on|in service)\b"
        ),
    ),
    (
        "picture_messages",
        any_of(r"\bpictures? messag", r"\bphotos?\b", r"\bMMS\b(?! address)", "pictures (by|from|over|via)"),
    ),
    ("no_data_abroad", any_of(r"\babroad\b")),
    (
        "set_roaming",
        any_of(
            r"\b(allow|enable|activate|need|want|have|get|unlock|open)\b[^.?!]{0,30}\broaming\b(?! is)",
            r"\broaming (allowed|enabled|activated|unlocked)",
        ),
    ),
    (
        "list_plans",
        any_of(r"\bplan costs\b", "plan cost\\b", "price of the [^.?!]{0,30}plan", r"is the [^.?!]{0,20}plan\b"),
    ),
    (
        "change_plan",
        any_of(
            r"\b(put|change|switch|move|upgrade|swap|want|like)\b[^.?!]{0,60}\bplan\b(?! costs?)",
            "plan [^.?!]{0,40}(doesn't|does not|no longer) (suit|fit)",
            "different plan",
        ),
    ),
    (
        "add_data",
        any_of(r"\b(add|book|buy|order|put)\b[^.?!]{0,40}\b(data|package|Boost)\b", r"\btop[ -]?up\b", "more data"),
    ),
    ("get_data_usage", any_of("how much data", "data usage", "how many (GB|gigabytes)", "usage of")),
    (
        "slow_data",
        any_of(
            r"\b(internet|web|pages?|online|data)\b[^.?!]{0,40}\b(slow|crawls?|crawling|stuck|dead|load)\b",
            "nothing loads",
        ),
    ),
    (
        "no_service",
        any_of(r"\bno (service|signal|reception|bars)\b", "cut off", r"\bis dead\b", "without (a )?(signal|service)"),
    ),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "phone_number": any_of("your phone number"),
    "name": any_of(r"\bname\b"),
    "birth_date": any_of("birth date"),
    "line": any_of("which line is it about"),
    "payment": any_of("payment method should"),
    "plan": any_of("which plan would"),
    "plan_asked": any_of("which plan would"),
    "package": any_of("which package would"),
    "remedy": any_of(r"used up\. .*what would you like"),
    "charge": any_of("which charge do"),
    "sim_id": any_of("printed on the new card"),
    "porting": any_of("porting code that they gave"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
