//! Compares a receipt with what the model decides at its time.
//!
//! Law: a receipt says what the model decides on the accounts that the earlier receipts made. It is
//! then taken at its word, so that a wrong one is found once.

use super::{Check, Passing, Report, replay::law_of_account, report::At};
use crate::{
    decode::Event,
    model::{Command, Moment, Refusal, State, Verdict},
};
use std::fmt::Write;
use tessera_types::{
    TesseraError,
    accounts::Terms,
    describe::{Described, Field},
    events::{Receipt, Settlement},
};

/// Reports where `found` differs from what the command came to.
pub(super) fn hold(
    state: &mut State,
    command: &dyn Command,
    (found, passing): (&Event, &Passing),
    report: &mut Report,
) {
    let receipt = found.receipt();
    let at = (receipt.account, Some(receipt.seq));
    // A life begins with its slot; no receipt says when an authority's began.
    let slot = passing.slot.filter(|_| !matches!(found, Event::Closed(_)));
    let moment = Moment {
        now: receipt.at,
        slot: slot.unwrap_or(receipt.life),
    };
    let law = law(found, state);
    let mut verdict = Verdict::default();
    let expected = command.decide(state, moment, &mut verdict);
    for (rule, holds) in verdict.rules() {
        report.require(law_of_rule(rule, found, law), at, holds, &rule.to_string());
    }
    if let Some(expected) = expected {
        compare(&expected, found, (law, at), report);
    }
    state.evolve_carried(found, passing.raw);
}

fn compare(expected: &Event, found: &Event, (law, at): (Check, At), report: &mut Report) {
    let ((fields, left), (_, right)) = (expected.described(), found.described());
    for field in fields {
        let nested = match field.type_name {
            "Receipt" => Receipt::FIELDS,
            "Settlement" => Settlement::FIELDS,
            "Terms" => Terms::FIELDS,
            _ => {
                let whole = std::slice::from_ref(field);
                compare_fields(whole, left, right, 0, (law, at), report);
                continue;
            }
        };
        compare_fields(nested, left, right, field.offset, (law, at), report);
    }
    let shares = (expected.shares(), found.shares());
    report.compare(Check::Commission, at, "shares", shares.0, shares.1);
}

fn compare_fields(
    fields: &[Field],
    expected: &[u8],
    found: &[u8],
    start: usize,
    (law, at): (Check, At),
    report: &mut Report,
) {
    for field in fields {
        let place = start + field.offset..start + field.offset + field.len;
        let (expected, found) = (&expected[place.clone()], &found[place]);
        let check = law_of_field(field.name, law);
        report.count(check);
        if expected != found {
            let (expected, found) = (shown(expected), shown(found));
            let detail = format!("{}: expected {expected}, found {found}", field.name);
            report.refuse(check, at, detail);
        }
    }
}

/// Bytes as a number if they are one, else in hexadecimal.
fn shown(bytes: &[u8]) -> String {
    if let Ok(word) = <[u8; 8]>::try_from(bytes) {
        return u64::from_le_bytes(word).to_string();
    }
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The law that an event belongs to; for an event that closes an account, the account's law.
pub(super) fn law(event: &Event, state: &State) -> Check {
    match event {
        Event::ConfigSet(_)
        | Event::OrgCreated(_)
        | Event::OrgUpdated(_)
        | Event::OrgPaused(_)
        | Event::AuthorityProposed(_)
        | Event::AuthorityAccepted(_)
        | Event::PlanCreated(_)
        | Event::PlanSunset(_)
        | Event::IssuerSet(_)
        | Event::CodeCreated(_)
        | Event::CodeOffered(_)
        | Event::CodeTransferred(_) => Check::Configuration,
        Event::MemberRegistered(_) => Check::Referrals,
        Event::Subscribed(..)
        | Event::PlanChanged(..)
        | Event::PaymentMissed(_)
        | Event::Cancelled(_)
        | Event::Resumed(_)
        | Event::Paused(_) => Check::Subscriptions,
        Event::Charged(..) | Event::InvoicePaid(..) | Event::Refunded(..) => Check::Charges,
        Event::PointsAwarded(_) | Event::PointsRedeemed(_) => Check::Points,
        Event::LedgerOpened(_) | Event::CommissionReleased(_) | Event::CommissionClaimed(_) => {
            Check::Commission
        }
        Event::CampaignCreated(_)
        | Event::RootSet(_)
        | Event::PageOpened(_)
        | Event::VoucherClaimed(_) => Check::Vouchers,
        Event::PoolCreated(_)
        | Event::PoolFunded(_)
        | Event::Staked(_)
        | Event::Unstaked(_)
        | Event::Harvested(_) => Check::Stakes,
        Event::Closed(it) => law_of_account(state, &it.receipt.account),
    }
}

/// The law that a field of an event belongs to.
fn law_of_field(name: &str, law: Check) -> Check {
    match name {
        "account" | "vault" | "stake_vault" | "reward_vault" => Check::Addresses,
        "life" | "seq" => Check::Receipts,
        "debit" | "merchant" | "keeper_fee" | "credit" | "flags" => Check::Charges,
        "levels" | "commission_bps" | "debt_repaid" | "from_vault" => Check::Commission,
        "points" | "points_expired" | "tier" | "balance" => Check::Points,
        "outstanding" | "authority_generation" => Check::Approvals,
        "period_start" | "paid_through" => Check::Subscriptions,
        _ => law,
    }
}

/// The law that a rule belongs to.
fn law_of_rule(rule: Refusal, event: &Event, law: Check) -> Check {
    use TesseraError::{
        AboveCap, ApprovalTooSmall, Lapsed, NotDue, PeriodsUsedUp, PlanEnded, PriceBelowShares,
        QuoteExpired, QuoteOutOfRange, RefundTooHigh, StaleGeneration, TermsChanged, WrongAddress,
        WrongTokenAuthority, ZeroAmount,
    };
    let Refusal::Rule(rule) = rule else {
        return law;
    };
    match rule {
        QuoteExpired | ZeroAmount => law,
        WrongAddress => Check::Addresses,
        // Nothing that a plan announces is a charge, even when the plan ends before it begins.
        _ if matches!(event, Event::PlanCreated(_)) => law,
        NotDue | PeriodsUsedUp | PlanEnded | Lapsed | PriceBelowShares | AboveCap
        | RefundTooHigh | QuoteOutOfRange | TermsChanged => Check::Charges,
        StaleGeneration | ApprovalTooSmall | WrongTokenAuthority => Check::Approvals,
        _ => match rule as u32 / 100 {
            61 => Check::Configuration,
            63 | 64 => Check::Subscriptions,
            65 => Check::Commission,
            66 => Check::Points,
            68 => Check::Vouchers,
            69 => Check::Stakes,
            _ => law,
        },
    }
}
