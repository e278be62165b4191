"""Words that mean the same in customers' and policies' English, so that a paraphrase still aligns.

General vocabulary of contracts and service, nothing of one company. Each line is one concept, named by its first word.
"""

from __future__ import annotations

from functools import lru_cache

from proxy.grounding.text.words import TEXTS_KEPT, stem, terms_of

_CONCEPTS = """
    buy purchase bought order ordered buying
    cancel cancellation call-off cancelled revoke terminate termination withdraw withdrawal
    refund reimburse reimbursement money-back repay repayment repaid
    return send-back bring-back returned
    fee charge cost price rate payable tariff surcharge
    pay paid payment settle
    phone call telephone ring hotline helpline line
    email e-mail mail
    letter post postal
    app application-form mobile-app
    website site online web portal
    start begin commence beginning
    end finish expire expiry lapse ends
    receive get obtain given
    child kid children infant
    luggage baggage suitcase bag
    flight fly flying plane
    travel journey trip travelled travelling
    departure depart leave departs
    hotel accommodation
    staff employee colleague worker teammate
    customer client guest member user
    minimum least lowest
    maximum most highest limit cap
    free complimentary gratis
    damage damaged broken defective fault faulty defect break
    repair fix mend
    replace replacement exchange swap
    deliver delivery ship shipping shipment dispatch
    store shop branch outlet
    proof evidence document documentation certificate paper
    receipt invoice
    apply request claim submit application file
    allow permit let allowed permitted entitled entitle
    forbid prohibit ban prohibited forbidden
    require need must required necessary
    tell inform notify notice notification let-know report
    change alter amend modify modification adjust rebook
    extend extension prolong
    late delay delayed lateness overdue
    early beforehand ahead advance
    lose lost missing
    keep retain hold
    home house property
    car vehicle
    dog cat pet animal
    doctor physician medical
    illness sick sickness ill
    death died dead deceased bereavement
    relative family
    month monthly
    year yearly annual annually
    week weekly
    day daily
    person people individual
    voucher coupon
    discount reduction reduced
    increase raise rise
    choose select pick option choice
    use using used
    open opened
    add adding additional extra
    double twice
    half fifty
    show present produce
    check verify verification inspect inspection
    card debit-card
    reach contact
    insurance insured insurer cover covered coverage
    sign signed signature
    automatic automatically
    immediate immediately straightaway instantly
    whole entire full fully
    partly partial partially part
    salary wage
    vacation holiday leave
    loan credit borrow
    account accounts
    deposit deposited
    transfer transferred
    interest
    eligible qualify entitled
    valid validity
    wait waiting
    seat seating
    ticket fare
    stop cease discontinue
    accept take
    provide offer give supply
    help assist assistance support
    answer reply respond response
    ask enquire inquire
    complaint complain
    decide decision
    earn accrue collect
    spend redeem
    join enrol enroll sign-up register registration
    big large
    small little
    weigh weight
    size dimension
    old age aged
"""


def _canonical_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for line in _CONCEPTS.strip().splitlines():
        words = line.split()
        for word in words:
            if "-" not in word:
                forms.setdefault(stem(word), stem(words[0]))
    return forms


_CANONICAL = _canonical_forms()


@lru_cache(maxsize=TEXTS_KEPT)
def concepts_of(text: str) -> tuple[str, ...]:
    """The content terms of a text in order, each under the name of its concept."""
    return tuple(_CANONICAL.get(term, term) for term in terms_of(text))
