"""Hearing: the words that tell the embedded teacher what a customer wants, and what an assistant asks for."""

from turnwright.llm.embedded.words import any_of

CUES = (
    (
        "none",
        any_of("waive", "goodwill", "money back", "take .{0,30} off (my|the) bill", "charge .{0,40} (removed|dropped)"),
    ),
    (
        "transfer_to_human",
        any_of("somebody .{0,30}us(es|ing) ", "someone .{0,30}us(es|ing) ", "in (my|your) place", "hijacked"),
    ),
    (
        "picture_messages",
        any_of(r"pictures?\b[^.?!]{0,40}messages?", "send pictures", r"photos?\b[^.?!]{0,40}messages?"),
    ),
    (
        "no_data_abroad",
        any_of(
            "(data|internet|online)[^.?!]{0,60} in [A-Z][a-z]+,? (where (I am|you are)|and)",
            "while (I am|you are) in",
            "(I am|I'm|sitting|stuck|here) in [A-Z][a-z]+[^.?!]{0,60}(data|internet|online|loads|connect)",
            "abroad[^.?!]{0,40}(data|internet|online|loads)",
        ),
    ),
    (
        "slow_data",
        any_of(
            "internet on (my|your) phone",
            "surf again",
            "mobile data with",
            "(pages|nothing|apps?|everything) [^.?!]{0,30}load",
            "(data|internet)[^.?!]{0,40}(slow|crawl|snail|dead|not work|broken|stopped)",
        ),
    ),
    (
        "no_service",
        any_of(
            "service again",
            "make calls again",
            "find the network",
            "finds no network",
            "no (service|signal|network|bars)",
            "(without|lost) (service|signal|network)",
        ),
    ),
    ("replace_sim", any_of("new SIM", "another SIM", "replacement SIM", "fresh SIM")),
    ("give_transfer_pin", any_of("transfer PIN", "take (my|its|the|this) number", "(another|other|different) network")),
    ("resume_line", any_of(r"\bresum", "unsuspend", "reactivate", "active again", "un-?block")),
    ("suspend_line", any_of(r"\bsuspended, because", r"\b(lost|stolen)\b", "suspend ", "block ")),
    ("set_roaming", any_of("able to use line", "roaming", "use [^.?!]{0,60} in [A-Z][a-z]+", "travel")),
    (
        "change_plan",
        any_of(
            r"\bon the \w+ plan\b",
            "changed? to the",
            "chang[^.?!]{0,40} plan",
            "(other|another|new|different|cheaper|bigger) plan",
            "switch[^.?!]{0,30} plan",
        ),
    ),
    ("add_data", any_of("data package", "more data", "extra data", "top up", "additional data")),
    (
        "get_line",
        any_of("how much data (has|have|did|does)? ?(line|the|my|I)", "data [^.?!]{0,30}(used|left)", "use up"),
    ),
    ("pay_bill", any_of(r"\bpay (the|my|a|what)\b", "settle", "bill paid")),
    (
        "update_email",
        any_of(
            "(bills|invoices)[^.?!]{0,30} (sent )?to (the|another|a new|my new|this)? ?e?mail",
            "email for (my|the) bills",
            "new email",
            "other email",
        ),
    ),
    (
        "get_bill",
        any_of(
            "bill[^.?!]{0,30} made of", "(explain|understand|break down|what is on)[^.?!]{0,30} bill", "why is my bill"
        ),
    ),
    (
        "list_plans",
        any_of("what (the|does the) \\w+ plan costs?", "how much is the \\w+ plan", "price of the \\w+ plan"),
    ),
)
"""(action, what a customer says who wants it), the more specific ones first."""

TOPICS = {
    "phone_number": any_of("number of your line", "its number", "your (phone )?number"),
    "birth_date": any_of("birth ?date(?!\\.)"),
    "name": any_of("first and last name"),
    "line": any_of("which line", "which plan it has"),
    "new_plan": any_of("which plan would"),
    "asked_plan": any_of("which plan would"),
    "package": any_of("which data package"),
    "payment": any_of("payment method would"),
    "new_email": any_of("new email"),
    "sim_pin": any_of("what is your pin"),
}
"""{key of what a customer knows: how an assistant asks for it}."""
