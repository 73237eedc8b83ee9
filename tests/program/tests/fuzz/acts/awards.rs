//! Points that are given and spent.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    instructions::{Award, Redeem, SetIssuer},
    types::{
        accounts::{Issuer, Member},
        args::{AwardArgs, RedeemArgs, SetIssuerArgs},
    },
};

impl Scene<'_> {
    pub(super) fn set_issuer(&self, dice: &mut Dice) -> Option<Attempt> {
        let (org, it) = self.org(dice)?;
        let key = dice.pick(&self.people.issuers)?;
        let issuers = self.copies::<Issuer>();
        let known = issuers
            .iter()
            .find(|(_, it)| (it.org, it.key) == (org, key));
        let header = known.map(|(_, it)| it.header);
        let set = SetIssuer {
            payer: self.payer(dice, it.authority),
            authority: it.authority,
            org,
            key,
            args: SetIssuerArgs {
                life: header.map_or(0, |it| it.life),
                seq: header.map_or(0, |it| it.receipt_seq),
                epoch_budget: dice.of_these([5_000, 300, 0, u64::MAX]),
                epoch_secs: dice.of_these([86_400, 3_600, 60, 59]),
                spare: [0; 4],
            },
        };
        Some(set.into())
    }

    pub(super) fn award(&self, dice: &mut Dice) -> Option<Attempt> {
        let left = |(_, it): &(Address, Issuer)| it.epoch_used < it.epoch_budget;
        let (_, issuer) = dice.likely(&self.copies::<Issuer>(), left)?;
        let members = self.copies::<Member>();
        let (_, member) = dice.likely(&members, |(_, it)| it.org == issuer.org)?;
        let left = issuer.epoch_budget.saturating_sub(issuer.epoch_used);
        let points = match dice.once_in(10) {
            true => dice.of_these([u64::MAX / 2, u64::MAX, left, left.saturating_add(1)]),
            false => 1 + dice.below(900) as u64,
        };
        let award = Award {
            key: issuer.key,
            org: issuer.org,
            wallet: member.wallet,
            args: AwardArgs {
                points,
                reference: reference(dice, issuer.highest_reference),
                life: issuer.header.life,
                memo: *b"order-0000000001",
            },
        };
        Some(award.into())
    }

    pub(super) fn redeem(&self, dice: &mut Dice) -> Option<Attempt> {
        let members = self.copies::<Member>();
        let has = |it: &Member| it.points_at(self.now());
        let (_, member) = dice.likely(&members, |(_, it)| has(it) > 0)?;
        let most = has(&member);
        let points = match dice.once_in(3) {
            true => dice.amount(most),
            false => 1 + dice.below(most.min(500) as usize) as u64,
        };
        let redeem = Redeem {
            wallet: member.wallet,
            org: member.org,
            args: RedeemArgs {
                points,
                reference: reference(dice, member.highest_reference),
                memo: *b"order-0000000002",
            },
        };
        Some(redeem.into())
    }
}

/// The next number; now and then one that was left out, was used or is too far off.
fn reference(dice: &mut Dice, highest: u64) -> u64 {
    match dice.below(12) {
        0..=6 => highest.saturating_add(1),
        7 => highest.saturating_add(2 + dice.below(200) as u64),
        8 | 9 => highest.saturating_sub(dice.below(5) as u64),
        10 => highest.saturating_sub(dice.below(1_100) as u64),
        _ => dice.of_these([highest, 0, highest.saturating_add(1 << 53), u64::MAX]),
    }
}
