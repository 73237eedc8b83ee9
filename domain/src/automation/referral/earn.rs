//! What each referral has earned, and which part of it is due: by tier, in the order in which they
//! qualified, within the caps.

use super::{
    allocate::{Allotted, Claim, allocate},
    campaign::Campaign,
    evaluate::Entry,
    reward::{Grant, Rewards},
};
use std::collections::BTreeMap;

/// A referral that earns something, or did.
pub(super) struct Earning<'a> {
    claim: Claim<'a>,
    /// The first referral of its tier.
    pub(super) tier: u32,
    pub(super) clawback: Rewards<Grant>,
    pub(super) allotted: Allotted,
}

impl Earning<'_> {
    /// What was and can be released.
    pub(super) fn cost(&self) -> Rewards<Grant> {
        self.claim.released.with(self.allotted.due, Grant::plus)
    }
}

/// Those that earn something or did, by the referred. The tier of what was released stays, whatever
/// becomes of referrals before it.
pub(super) fn earn<'a>(
    campaign: &Campaign,
    entries: &'a [Entry<'a>],
) -> BTreeMap<&'a str, Earning<'a>> {
    let qualified = entries
        .iter()
        .filter_map(|entry| Some((entry.qualified_at()?, entry)));
    let mut queue: Vec<_> = qualified.collect();
    queue.sort_by_key(|(at, entry)| (*at, entry.judged.registered_at, entry.judged.referred));
    let mut counts = BTreeMap::<&str, u32>::new();
    let mut earnings: Vec<(&str, Earning)> = Vec::with_capacity(queue.len());
    for (qualified_at, entry) in queue {
        let judged = &entry.judged;
        let count = counts.entry(judged.referrer).or_default();
        *count = count.saturating_add(1);
        let number = entry.decided.releases.first().map_or(*count, |it| it.tier);
        let tier = campaign.tiers.iter().rfind(|tier| tier.from <= number);
        let earned = tier
            .filter(|_| entry.qualifies())
            .map(|tier| tier.rewards.earned(&judged.net))
            .unwrap_or_default();
        let released = entry.decided.released();
        let earning = Earning {
            claim: Claim {
                referrer: judged.referrer,
                qualified_at,
                released,
                wanted: earned.with(released, Grant::beyond),
            },
            tier: tier.map_or(number, |it| it.from),
            clawback: released.with(earned, Grant::beyond),
            allotted: Allotted::default(),
        };
        earnings.push((judged.referred, earning));
    }
    let claims: Vec<Claim> = earnings.iter().map(|(_, it)| it.claim).collect();
    for ((_, earning), allotted) in earnings.iter_mut().zip(allocate(&campaign.caps, &claims)) {
        earning.allotted = allotted;
    }
    earnings.into_iter().collect()
}
