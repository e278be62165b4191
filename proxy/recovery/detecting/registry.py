"""The sources, by name, in the order in which they are asked: what finds a failure comes before what ends one.

A new one is a file here and a line below.
"""

from __future__ import annotations

from proxy.recovery.detecting.contacted import asked_again, came_back
from proxy.recovery.detecting.contexts import out_of_date
from proxy.recovery.detecting.fed_back import not_content, settled
from proxy.recovery.detecting.late import late
from proxy.recovery.detecting.let_pass import let_pass
from proxy.recovery.detecting.look import Source
from proxy.recovery.detecting.promised import kept_after_all, not_kept
from proxy.recovery.detecting.restored import case_answered, had_come_back, stayed_away
from proxy.recovery.detecting.returned import not_held, sent_back
from proxy.recovery.detecting.reviewed import reviewed

SOURCES: dict[str, Source] = {
    "returned": sent_back,
    "withdrawn": not_held,
    "promises": not_kept,
    "let_pass": let_pass,
    "reviews": reviewed,
    "late": late,
    "context": out_of_date,
    "contacts": came_back,
    "asked_again": asked_again,
    "feedback": not_content,
    "promises_kept": kept_after_all,
    "cases": case_answered,
    "came_back_late": had_come_back,  # what is taken back by it may have been settled otherwise
    "settled": settled,
    "stayed_away": stayed_away,
}
