"""All measures by name: what each says, how it is worked out, from what. docs/recovery.md and tooltips say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """``words`` say what it is, ``formula`` how it is worked out, ``source`` what it is counted from."""

    name: str
    title: str
    words: str
    formula: str
    source: str


MEASURES: dict[str, Measure] = {
    one.name: one
    for one in (
        # The usual numbers
        Measure(
            "volume",
            "Answers",
            "How many answers were given in the period.",
            "count",
            "decision records",
        ),
        Measure(
            "latency",
            "Own time, median and 90%",
            "How long our own stages took for an answer, without the model's time.",
            "quantile of the sum of all stages, over the newest 2,000 answers of the period",
            "decision records (`timings_ms`)",
        ),
        Measure(
            "approval_rate",
            "Approval rate",
            "Of what people reviewed, the share in which they passed every claim. It says how fast work goes"
            " through, not whether customers are well.",
            "reviews in which each claim's last verdict is `supported` / finished reviews; without seeded items",
            "reviews",
        ),
        Measure(
            "automation_share",
            "Automation share",
            "The share of answers that no person had a hand in.",
            "answers decided `deliver` or `rewrite` / all answers",
            "decision records",
        ),
        # What customers lived through
        Measure(
            "failures",
            "Failures",
            "How many failures reached customers in the period, as far as they were found.",
            "count of detected failures that were not dismissed, by kind",
            "failures",
        ),
        Measure(
            "open_failures",
            "Open failures",
            "Failures that are neither restored nor over, whenever they began.",
            "count at this time, by severity; `overdue`: nothing was put right, and the target is past",
            "failures",
        ),
        Measure(
            "corrected_in_time",
            "Put right in time",
            "The share of failures that was put right (`corrected`) within the target of its severity.",
            "corrected by the target / all of the period; where some are still open and younger than their target, the"
            " Aalen-Johansen estimate at the target, with cancelled and expired ones competing",
            "failures, `within` of `policies/recovery.yaml`",
        ),
        Measure(
            "recovery_rate_confirmed",
            "Recovery rate, confirmed",
            "The share of failures whose customer confirmed within the target that all is well.",
            "restored as `confirmed` by the target / all of the period; else the Aalen-Johansen estimate at the target,"
            " with restoration by silence, cancelled and expired ones competing",
            "failures, `within` of `policies/recovery.yaml`",
        ),
        Measure(
            "recovery_rate_quiet",
            "Recovery rate, by silence",
            "The share of failures after whose correction the customer did not come back. Silence needs time to"
            " tell: the target is that of the severity, and `recovery.quiet_days` on top. It is never added to what"
            " customers confirmed.",
            "restored as `no_repeat_contact` by target + quiet days / all of the period; else the Aalen-Johansen"
            " estimate there, with confirmation, cancelled and expired ones competing",
            "failures, `within` of `policies/recovery.yaml`, `recovery.quiet_days`",
        ),
        Measure(
            "time_to_detect",
            "Time to detect",
            "From when a failure reached its customer until somebody found it, of those that were found.",
            "first time at which the curve reaches 50% (median) and 90%; the interval by inverting the curve's"
            " log-log one",
            "failures: occurred → detected",
        ),
        Measure(
            "time_to_detect_of_all",
            "Time to detect, of all there are",
            "The same of all failures that there are by the random sample, found or not: finding less makes it longer.",
            "first time at which detected share × curve reaches 50% and 90%; not reached where the share is below that",
            "failures and the detected share",
        ),
        Measure(
            "time_to_contain",
            "Time to contain",
            "From when a failure reached its customer until it could hit no more customers.",
            "Aalen-Johansen: open ones are censored, cancelled and expired ones compete; median and 90% as above",
            "failures: occurred → contained",
        ),
        Measure(
            "time_to_correct",
            "Time to correct",
            "From when a failure reached its customer until they were told the truth, or the promise was honoured or"
            " withdrawn. Reopened ones run on from the beginning.",
            "Aalen-Johansen: open ones are censored, cancelled and expired ones compete; median and 90% as above",
            "failures: occurred → corrected",
        ),
        Measure(
            "time_to_restore_confirmed",
            "Time to restore, confirmed",
            "From when a failure reached its customer until the customer confirmed that all is well.",
            "Aalen-Johansen: open ones are censored; restoration by silence, cancelled and expired ones compete",
            "failures: occurred → restored (`confirmed`)",
        ),
        Measure(
            "time_to_restore_quiet",
            "Time to restore, by silence",
            "From when a failure reached its customer until nothing was heard of them for the stated time after the"
            " correction.",
            "Aalen-Johansen: open ones are censored; confirmation, cancelled and expired ones compete",
            "failures: occurred → restored (`no_repeat_contact`)",
        ),
        Measure(
            "detected_share",
            "Detected share",
            "Of the wrong answers that there must be by the random sample, the share that we know of. It stands"
            " beside every time and rate, because those are of detected failures alone: detecting less must never"
            " look better.",
            "detected wrong answers of the chatbot / (weighted share of wrong ones among sampled answers × delivered"
            " answers); the interval is the estimate's, turned over",
            "failures of the kind `wrong_claim`, and reviews of the random sample (review.md)",
        ),
        Measure(
            "escaped_rate",
            "Escaped failures",
            "Of the answers that were delivered, the share that is wrong.",
            "Hájek's weighted share over the random sample; Korn and Graubard's interval (review.md)",
            "reviews of the random sample",
        ),
        Measure(
            "detected_by_us",
            "Found by us first",
            "The share of failures that we found before their customers told us.",
            "failures not found by `customer` / all of the period",
            "failures: source of `detected`",
        ),
        Measure(
            "detected_by",
            "Found by",
            "Who found the failures.",
            "failures by the source of their first `detected` / all of the period",
            "failures: source of `detected`",
        ),
        Measure(
            "correction_accuracy",
            "Correction accuracy",
            "Of the corrections that people reviewed, the share that was right itself.",
            "corrected failures whose case's answer was reviewed and found right / those whose review is settled",
            "failures and reviews",
        ),
        Measure(
            "recurrence_rate",
            "Recurrence",
            "The share of failures that are an earlier one again.",
            "failures with the step `recurred` / all of the period",
            "failures",
        ),
        Measure(
            "reopened_rate",
            "Reopened",
            "The share of failures that had been put right and were not right after all.",
            "reopened failures / failures that were corrected at some time",
            "failures",
        ),
        Measure(
            "repeat_contact",
            "Repeat contact",
            "After how many corrections the customer came back all the same, about whatever.",
            "failures whose customer complained, escalated, called, wrote or came within `recovery.quiet_days` after"
            " the correction / failures corrected at least as long ago",
            "failures and contacts",
        ),
        Measure(
            "promises",
            "Promises",
            "What became of what was promised to customers. That nobody told is not that it was kept.",
            "promises of the period that were kept, broken, or are due without anybody having told / all three",
            "promises and contacts",
        ),
        Measure(
            "confidence_restored",
            "Confidence restored",
            'Of the customers who answered "is it settled for you?", the share that said yes.',
            "yes / answers; to be read with the response rate",
            "feedback",
        ),
        Measure(
            "confidence_response",
            "Confidence restored: response rate",
            "The share of those asked who answered.",
            "answers / questions asked",
            "feedback",
        ),
        Measure(
            "returned_customers",
            "Returned to automation",
            "Customers whose case people held, and whom automation answered about their account all the same.",
            "count of customers",
            "contacts (customers.md)",
        ),
        Measure(
            "blast_radius",
            "Blast radius",
            "How many customers, and how many answers, the failures of one origin name.",
            "count of different customers and answers, by incident",
            "failures with the same `incident`",
        ),
        Measure(
            "at_stake",
            "Money at stake",
            "What open failures are about, where that is known.",
            "sum of `amount` over open failures, by currency",
            "failures",
        ),
        Measure(
            "learned_rate",
            "Learned from",
            "The share of failures from which a test, a seeded item or a rule was made that passes.",
            "failures with the step `learned` / all of the period",
            "failures",
        ),
        Measure(
            "error_budget",
            "Error budget",
            "How many failures could still miss their target. Missed is what was not put right by then, also where the"
            " customer gave it up.",
            "(1 − `share`) × failures whose target ended in the last 28 days, less those that missed it",
            "failures, `policies/recovery.yaml`",
        ),
        Measure(
            "burn_rate",
            "Burn rate",
            "How fast the error budget is used up: at 1 it is just enough.",
            "(missed / due in the window) / (1 − `share`)",
            "failures, `policies/recovery.yaml`",
        ),
    )
}
