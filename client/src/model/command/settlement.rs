//! How one payment is divided: the first of a subscription, a later one, or an invoice.
//!
//! Law: `debit = merchant + keeper fee + shares - repaid debts`. A level has no share without a
//! referrer, while the vault is frozen, or when its ledger is closed: the merchant gets it instead.
//! What repays a debt also goes to the merchant, who paid the refund for it.

use crate::model::{Moment, State, Verdict, rules};
use std::iter::zip;
use tessera_types::{
    Address, REFERRAL_LEVELS, TesseraError,
    accounts::Subscription,
    events::{LedgerShare, Settlement},
};

/// A payment to be made, and who shares in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bill {
    /// The member account of the wallet that pays.
    pub(crate) member: Address,
    pub(crate) debit: u64,
    pub(crate) keeper_fee: u64,
    /// Points that it gives, where there is room.
    pub(crate) points: u64,
    /// Nearest level first.
    pub(crate) ledgers: [Address; REFERRAL_LEVELS],
    pub(crate) commission_bps: [u16; REFERRAL_LEVELS],
    pub(crate) hold_secs: u32,
    pub(crate) vault_frozen: bool,
    /// Flags of the settlement beside those of vault and ledgers.
    pub(crate) flags: u8,
    /// Start and end of what is paid for, Unix seconds.
    pub(crate) period: (i64, i64),
}

impl Bill {
    /// The bill for a period of a subscription.
    pub(crate) fn of(
        it: &Subscription,
        member: Address,
        (debit, points): (u64, u64),
        vault_frozen: bool,
        period: (i64, i64),
    ) -> Self {
        Self {
            member,
            debit,
            keeper_fee: 0,
            points,
            ledgers: it.ledgers,
            commission_bps: it.terms.commission_bps,
            hold_secs: it.terms.hold_secs,
            vault_frozen,
            flags: 0,
            period,
        }
    }

    /// The settlement of the bill, and the shares of the levels.
    pub(crate) fn settle(
        &self,
        state: &State,
        moment: Moment,
        verdict: &mut Verdict,
    ) -> Option<(Settlement, Vec<LedgerShare>)> {
        let member = verdict.found(state.members.get(&self.member), "member")?;
        let org = verdict.found(state.orgs.get(&member.account.org), "org")?;
        let shared = self.share_out(state, moment.now, verdict);
        let taken = shared.amount + u128::from(self.keeper_fee);
        let covered = taken <= u128::from(self.debit);
        verdict.require(covered, TesseraError::PriceBelowShares);
        let merchant = u128::from(self.debit).saturating_sub(taken) + shared.repaid;

        let mut held = member.balance.clone();
        let tier = held.tier;
        let points_expired = held.expire(moment.now);
        let points = held.credit(&org.settings, self.points, moment.now);
        let settlement = Settlement {
            debit: self.debit,
            merchant: rules::word(merchant),
            keeper_fee: self.keeper_fee,
            debt_repaid: rules::word(shared.repaid),
            points: rules::word(points),
            points_expired: rules::word(points_expired),
            period_start: self.period.0,
            paid_through: self.period.1,
            levels: u8::try_from(shared.shares.len()).unwrap_or(u8::MAX),
            flags: shared.flags,
            tier,
            spare: [0; 5],
        };
        Some((settlement, shared.shares))
    }

    fn share_out(&self, state: &State, now: i64, verdict: &mut Verdict) -> Shared {
        let mut shared = Shared {
            shares: vec![],
            flags: self.flags,
            amount: 0,
            repaid: 0,
        };
        let levels = usize::from(rules::payment::levels(&self.ledgers));
        if self.vault_frozen && levels > 0 {
            shared.flags |= Settlement::VAULT_FROZEN;
            return shared;
        }
        let rates = zip(self.ledgers, self.commission_bps).take(levels);
        for (level, (ledger, bps)) in rates.enumerate() {
            let mut amount = rules::bps_of(self.debit, bps);
            if let Some(known) = state.ledgers.get(&ledger) {
                let mut after = *known;
                shared.repaid += after.accrue(amount.into(), now, self.hold_secs);
                verdict.require(after.fits(), TesseraError::ArithmeticOverflow);
            } else {
                amount = 0;
                shared.flags |= rules::payment::closed_bit(level);
            }
            shared.amount += u128::from(amount);
            shared.shares.push(LedgerShare { ledger, amount });
        }
        shared
    }
}

/// What the levels are paid.
struct Shared {
    shares: Vec<LedgerShare>,
    flags: u8,
    /// All shares together.
    amount: u128,
    /// The part that repaid the ledgers' debts.
    repaid: u128,
}
