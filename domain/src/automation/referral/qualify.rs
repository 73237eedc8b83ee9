//! Whether and when a referral has qualified: the first moment at which enough has been paid that is
//! not refunded as of now.

use super::{
    campaign::{Campaign, Paid},
    facts::{Charge, Facts, Member},
    outcome::Reason,
};
use crate::time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp};
use serde::Serialize;

/// How far a referral is on its way, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Progress {
    /// The payments that count, in their order.
    pub payments: Vec<String>,
    /// Their sum net of refunds, in the token's smallest unit.
    #[serde(serialize_with = "super::whole_text::serialize")]
    pub net: u128,
    /// Seconds that they paid for and that have passed, none twice.
    pub paid_secs: i64,
}

/// What the rules say of a referral, before checks and people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It may still qualify.
    Open,
    /// It has qualified at this moment.
    Qualified(Timestamp),
    /// Its time is over.
    Expired,
    /// Its referrer may not refer.
    Refused(Reason),
}

/// A referral as the rules see it.
#[derive(Debug, Clone)]
pub(super) struct Judged<'a> {
    pub(super) referrer: &'a str,
    pub(super) referred: &'a str,
    pub(super) registered_at: Timestamp,
    /// The first moment at which it is too late to qualify.
    pub(super) deadline: Timestamp,
    pub(super) ruling: Ruling,
    pub(super) progress: Progress,
    /// All its payments since then in the campaign's token, net of refunds, in their order.
    pub(super) net: Vec<u64>,
}

/// The referrals of a campaign at `now`, from facts until then.
pub(super) fn judge<'a>(campaign: &Campaign, facts: &'a Facts, now: Timestamp) -> Vec<Judged<'a>> {
    let payments = facts.payments(&campaign.mint);
    let in_window = |at: Timestamp| campaign.from <= at && at < campaign.until;
    facts
        .referred()
        .filter(|(_, _, member)| in_window(member.registered_at))
        .map(|(referrer, referred, member)| {
            let made = payments.get(referred).map_or(&[][..], Vec::as_slice);
            let counts = |it: &Charge| member.registered_at <= it.at && it.units > 0;
            let made: Vec<_> = made.iter().copied().filter(|(_, it)| counts(it)).collect();
            let deadline = plus_days(member.registered_at, campaign.qualification.within_days);
            let may_not = refusal(campaign, facts.members.get(referrer), member.registered_at);
            let (ruling, progress) = match may_not {
                Some(reason) => (Ruling::Refused(reason), Progress::default()),
                None => ruling(campaign, &made, deadline, now),
            };
            Judged {
                referrer,
                referred,
                registered_at: member.registered_at,
                deadline,
                ruling,
                progress,
                net: made.iter().map(|(_, charge)| charge.net()).collect(),
            }
        })
        .collect()
}

fn ruling(
    campaign: &Campaign,
    payments: &[(&str, &Charge)],
    deadline: Timestamp,
    now: Timestamp,
) -> (Ruling, Progress) {
    let counts = |it: &Charge| it.at < deadline && it.net() > 0;
    let counted = payments.iter().filter(|(_, it)| counts(it));
    let (ids, charges): (Vec<&str>, Vec<&Charge>) = counted.copied().unzip();
    let end = deadline.min(now);
    let progress = Progress {
        payments: ids.into_iter().map(str::to_owned).collect(),
        net: charges.iter().map(|it| u128::from(it.net())).sum(),
        paid_secs: passed(&charges, end, i64::MAX).0 / MICROS_PER_SEC,
    };
    let ruling = match met_at(campaign, &charges, end) {
        Some(at) if at < deadline => Ruling::Qualified(at),
        _ if deadline <= now => Ruling::Expired,
        _ => Ruling::Open,
    };
    (ruling, progress)
}

/// Why a referrer may not refer a member who registered at this moment.
fn refusal(campaign: &Campaign, referrer: Option<&Member>, at: Timestamp) -> Option<Reason> {
    let Some(member) = referrer else {
        return Some(Reason::UnknownReferrer);
    };
    let since = plus_days(member.registered_at, campaign.referrers.minimum_tenure_days);
    if at < since {
        return Some(Reason::TooNew { may_since: since });
    }
    let segment = campaign.referrers.segment.as_ref()?;
    (!member.was_in(segment, at)).then(|| Reason::OutsideSegment {
        segment: segment.clone(),
    })
}

/// The first moment at which these payments, in their order, are enough.
fn met_at(campaign: &Campaign, charges: &[&Charge], end: Timestamp) -> Option<Timestamp> {
    let asked = campaign.qualification;
    let mut net = 0_u128;
    let amount_met = charges.iter().find_map(|it| {
        net += u128::from(it.net());
        (net >= asked.minimum.into()).then_some(it.at)
    })?;
    let time_met = match asked.paid {
        Paid::Periods { count } => {
            let last = usize::try_from(count).ok()?.checked_sub(1)?;
            charges.get(last)?.at
        }
        Paid::Days { count } => {
            let needed = i64::from(count) * MICROS_PER_DAY;
            passed(charges, end, needed).1?
        }
    };
    Some(amount_met.max(time_met))
}

/// How many microseconds until `end` payments in their order paid for, none twice, and the moment at
/// which these were as many as `needed`.
fn passed(charges: &[&Charge], end: Timestamp, needed: i64) -> (i64, Option<Timestamp>) {
    let (mut sum, mut covered, mut met) = (0_i64, i64::MIN, None);
    for charge in charges {
        let from = charge.at.0.max(covered);
        let until = charge.paid_through.0.min(end.0);
        let length = until.saturating_sub(from).max(0);
        let missing = needed.saturating_sub(sum);
        if met.is_none() && length >= missing {
            met = Some(Timestamp(from.saturating_add(missing)));
        }
        sum = sum.saturating_add(length);
        covered = covered.max(until);
    }
    (sum, met)
}

fn plus_days(from: Timestamp, days: u32) -> Timestamp {
    Timestamp(
        from.0
            .saturating_add(i64::from(days).saturating_mul(MICROS_PER_DAY)),
    )
}
