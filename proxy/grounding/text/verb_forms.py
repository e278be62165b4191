"""Irregular forms of English verbs, so that "withheld" is known as a form of "withhold"."""

from __future__ import annotations

_FORMS = """
    held/hold sent/send paid/pay bought/buy brought/bring gave/give given/give took/take taken/take went/go gone/go
    left/leave lost/lose kept/keep told/tell sold/sell made/make wrote/write written/write chose/choose chosen/choose
    broke/break broken/break began/begin begun/begin flew/fly flown/fly drove/drive driven/drive spoke/speak
    spoken/speak drew/draw drawn/draw threw/throw thrown/throw knew/know known/know grew/grow grown/grow stood/stand
    found/find sat/sit slept/sleep spent/spend lent/lend built/build met/meet fed/feed led/lead ran/run rose/rise
    risen/rise fell/fall fallen/fall stole/steal stolen/steal tore/tear torn/tear wore/wear worn/wear froze/freeze
    frozen/freeze hid/hide hidden/hide forgot/forget forgotten/forget won/win caught/catch taught/teach thought/think
    sought/seek dealt/deal felt/feel meant/mean bore/bear borne/bear bound/bind hung/hang struck/strike swore/swear
    sworn/swear woke/wake woken/wake said/say saw/see seen/see heard/hear got/get came/come became/become did/do
    done/do rode/ride ridden/ride rang/ring rung/ring drank/drink drunk/drink ate/eat eaten/eat bent/bend bled/bleed
    fled/flee fought/fight forbade/forbid forbidden/forbid laid/lay lay/lie lain/lie lit/light shot/shoot shook/shake
    shaken/shake shrank/shrink slid/slide sank/sink stuck/stick swam/swim swept/sweep underwent/undergo
"""
_PRESENT = dict(pair.split("/") for pair in _FORMS.split())
_PREFIXES = ("with", "under", "over", "mis", "out", "un", "re", "up", "fore")


def base_form(word: str) -> str:
    """The form that dictionaries list, of a word in lower case; a word that is no irregular form stays as it is."""
    if word in _PRESENT:
        return _PRESENT[word]
    for prefix in _PREFIXES:
        if word.startswith(prefix) and word[len(prefix) :] in _PRESENT:
            return prefix + _PRESENT[word[len(prefix) :]]
    return word
