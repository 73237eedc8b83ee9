//! Subscriptions that bring those involved more than they cost: what the referred and the levels above
//! receive of the referred's payments and for the referral, against what the referred paid net.
//!
//! Law: if wallets connected by referrals together receive more than they pay, then so do the payments of
//! one of them, with those above it among them; for each payment is one wallet's, and all that it pays out
//! goes to that wallet and up. So looking at one referral at a time, over enough levels, misses no ring;
//! and where each payment pays out at most what it brings, nothing is found. A wallet that nobody referred
//! is no referral: a rebate above its price is the price's fault.
//!
//! What the referrer pays for themselves does not count, or a large customer could hide a ring.

use super::{
    super::facts::{Charge, Payout, PayoutKind},
    Scene, Suspicions,
    evidence::{Evidence, Received},
    suspect,
};
use crate::{
    automation::referral::{
        reward::{Grant, Rewards},
        whole_text,
    },
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::iter::successors;

/// Most levels above the referred that are looked at.
pub const MAX_LEVELS: u8 = 20;

/// Looks for subscriptions that pay for themselves. The score is the part of what was received that was
/// not paid, in percent, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wash {
    /// How many levels above the referred may be one ring with them; the chain pays commission to three.
    pub levels: u8,
    /// What a point is worth, in the token's smallest unit.
    #[serde(with = "whole_text")]
    pub units_per_point: u64,
}

impl Wash {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("levels", self.levels, 1..=MAX_LEVELS)
    }

    pub(super) fn look(&self, scene: &Scene) -> Suspicions {
        let payments = scene.facts.payments(scene.mint);
        let mut suspicions = Suspicions::new();
        for (_, referred, _) in scene.facts.referred() {
            let made = payments.get(referred).map_or(&[][..], Vec::as_slice);
            let charges: Vec<&Charge> = made.iter().map(|(_, charge)| *charge).collect();
            let rewards = scene.rewards.get(referred).copied().unwrap_or_default();
            let parts = self.parts(&involved(scene, referred, self.levels), &charges, rewards);
            let paid: u128 = charges.iter().map(|it| u128::from(it.net())).sum();
            let received: u128 = parts.iter().map(Received::total).sum();
            if received > paid {
                let evidence = Evidence::Wash {
                    paid,
                    received,
                    parts,
                };
                suspect(
                    &mut suspicions,
                    referred,
                    percent_up(received - paid, received),
                    evidence,
                );
            }
        }
        suspicions
    }

    fn parts(
        &self,
        involved: &[&str],
        charges: &[&Charge],
        rewards: Rewards<Grant>,
    ) -> Vec<Received> {
        let worth = |grant: Grant| {
            u128::from(grant.units) + u128::from(grant.points) * u128::from(self.units_per_point)
        };
        let part = |(level, member): (usize, &&str)| Received {
            member: (*member).to_owned(),
            level,
            commissions: received(charges, member, PayoutKind::Commission),
            rebates: received(charges, member, PayoutKind::Rebate),
            rewards: match level {
                0 => worth(rewards.referred),
                1 => worth(rewards.referrer),
                _ => 0,
            },
        };
        let parts = involved.iter().enumerate().map(part);
        parts.filter(|it| it.total() > 0).collect()
    }
}

impl Received {
    fn total(&self) -> u128 {
        let sum = self.commissions.saturating_add(self.rebates);
        sum.saturating_add(self.rewards)
    }
}

/// The referred and so many wallets above, none twice.
fn involved<'a>(scene: &Scene<'a>, referred: &'a str, levels: u8) -> Vec<&'a str> {
    let members = &scene.facts.members;
    let above = |wallet: &&'a str| members.get(*wallet)?.referrer.as_deref();
    let mut involved = Vec::new();
    for wallet in successors(Some(referred), above).take(usize::from(levels) + 1) {
        if involved.contains(&wallet) {
            break;
        }
        involved.push(wallet);
    }
    involved
}

/// What a wallet received of payments, net of what refunds took back.
fn received(charges: &[&Charge], to: &str, kind: PayoutKind) -> u128 {
    let sum = |payouts: &mut dyn Iterator<Item = &Payout>| -> u128 {
        payouts
            .filter(|it| it.to == to && it.kind == kind)
            .map(|it| u128::from(it.units))
            .sum()
    };
    let of = |charge: &&Charge| {
        let paid = sum(&mut charge.payouts.iter());
        let back = sum(&mut charge.refunds.iter().flat_map(|it| &it.taken_back));
        paid.saturating_sub(back)
    };
    charges.iter().map(of).sum()
}

/// `part` of `whole` in percent, rounded up; both are positive.
fn percent_up(part: u128, whole: u128) -> u8 {
    let percent = (1..100_u8).find(|percent| {
        let bound = whole / 100 * u128::from(*percent);
        let rest = whole % 100 * u128::from(*percent) / 100;
        part <= bound + rest
    });
    percent.unwrap_or(100)
}
