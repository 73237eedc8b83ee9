//! What the index knows of members and payments. Wallets and persons are pseudonyms, devices
//! digests, amounts whole units of their mint.

use crate::time::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// All facts that a campaign is judged by. Who is whose person is as merged when they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Registered wallets, by their pseudonym.
    pub members: BTreeMap<String, Member>,
    /// Payments, by anything that names each.
    pub charges: BTreeMap<String, Charge>,
    /// Decimals of the mints, by their address.
    pub decimals: BTreeMap<String, u8>,
}

/// A wallet that registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person that the wallet is known to be of.
    pub person: Uuid,
    /// The pseudonym of the wallet that referred it, bound at the registration.
    pub referrer: Option<String>,
    /// When it registered.
    pub registered_at: Timestamp,
    /// The segments that it was a member of.
    pub memberships: Vec<Membership>,
    /// Digests of the devices that it was seen on, with the first moment.
    pub devices: BTreeMap<String, Timestamp>,
    /// Pseudonyms of the wallets that sent it means, with the first moment.
    pub funding: BTreeMap<String, Timestamp>,
}

/// A time in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The segment's name.
    pub segment: String,
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment no longer in it; none while it lasts.
    pub until: Option<Timestamp>,
}

/// A payment for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The wallet that paid.
    pub member: String,
    /// When it paid.
    pub at: Timestamp,
    /// The end of the time that it paid for.
    pub paid_through: Timestamp,
    /// Address of the mint.
    pub mint: String,
    /// What it paid, in the mint's smallest unit.
    pub units: u64,
    /// Who got how much of it.
    pub payouts: Vec<Payout>,
    /// What it got back.
    pub refunds: Vec<Refund>,
}

/// A part of a payment that went to a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The wallet.
    pub to: String,
    /// What for.
    pub kind: PayoutKind,
    /// In the mint's smallest unit.
    pub units: u64,
}

/// What a part of a payment went to a wallet for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayoutKind {
    /// A level's commission.
    Commission,
    /// A rebate, to the wallet that paid or to one that referred it.
    Rebate,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// When it was made.
    pub at: Timestamp,
    /// In the mint's smallest unit.
    pub units: u64,
    /// What was taken back of the payouts for it.
    pub taken_back: Vec<Payout>,
}

impl Facts {
    /// What was known at `now`: nothing that came later is left.
    pub(super) fn until(&self, now: Timestamp) -> Self {
        let mut known = self.clone();
        known.members.retain(|_, it| it.registered_at <= now);
        for member in known.members.values_mut() {
            member.memberships.retain(|it| it.from <= now);
            member.devices.retain(|_, at| *at <= now);
            member.funding.retain(|_, at| *at <= now);
        }
        known.charges.retain(|_, it| it.at <= now);
        for charge in known.charges.values_mut() {
            charge.refunds.retain(|it| it.at <= now);
        }
        known
    }

    /// The payments in a mint by who made them, in their order.
    pub(super) fn payments(&self, mint: &str) -> BTreeMap<&str, Vec<(&str, &Charge)>> {
        let mut by_member = BTreeMap::<&str, Vec<_>>::new();
        for (id, charge) in self.charges.iter().filter(|(_, it)| it.mint == mint) {
            let of_member = by_member.entry(&charge.member).or_default();
            of_member.push((id.as_str(), charge));
        }
        for payments in by_member.values_mut() {
            payments.sort_by_key(|(id, charge)| (charge.at, *id));
        }
        by_member
    }

    /// A member and the wallet that referred it, for all that were referred.
    pub(super) fn referred(&self) -> impl Iterator<Item = (&str, &str, &Member)> {
        self.members.iter().filter_map(|(wallet, member)| {
            let referrer = member.referrer.as_deref()?;
            Some((referrer, wallet.as_str(), member))
        })
    }
}

impl Member {
    /// Whether it was in a segment at a moment.
    pub(super) fn was_in(&self, segment: &str, at: Timestamp) -> bool {
        self.memberships.iter().any(|it| {
            it.segment == segment && it.from <= at && it.until.is_none_or(|until| at < until)
        })
    }
}

impl Charge {
    /// What was paid net of refunds.
    pub(super) fn net(&self) -> u64 {
        let back = |left: u64, refund: &Refund| left.saturating_sub(refund.units);
        self.refunds.iter().fold(self.units, back)
    }
}
