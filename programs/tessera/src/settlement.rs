//! One payment's money and points: the first of a subscription, every later one, an invoice.
//!
//! `debit = merchant + keeper fee + shares - repaid debts`; a level without a referrer has no share,
//! so its part stays with the merchant, and so do all parts while the vault is frozen, and a level's
//! while its ledger is closed: what cannot be booked is not owed. What repays a ledger's debt goes to
//! the merchant, who paid a refund for it.

use crate::{
    declare::Account,
    load,
    outcome::{Result, require},
    token,
};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    ID, REFERRAL_LEVELS, TesseraError,
    accounts::{Ledger, Member, Org, Plan, Subscription},
    events::{LedgerShare, LedgerShares, Settlement},
    math,
    seeded::{Bug, seeded},
};

/// The ledgers that a payment was handed.
pub type LedgerAccounts<'a> = [&'a Option<Account>; REFERRAL_LEVELS];

/// What a payment reads and writes besides token accounts.
pub struct Books<'a> {
    pub plan: &'a Plan,
    pub org: &'a Org,
    pub member: &'a mut Member,
    pub vault: &'a Option<Account>,
    pub accounts: LedgerAccounts<'a>,
    /// The ledgers that it must be handed, nearest level first.
    pub ledgers: &'a [Address; REFERRAL_LEVELS],
    pub commission_bps: &'a [u16; REFERRAL_LEVELS],
    pub levels: u8,
    pub hold_secs: u32,
    /// What the payer is debited.
    pub debit: u64,
    pub keeper_fee: u64,
    /// Points that the payment gives.
    pub points: u64,
    /// What the settlement's `flags` say beforehand.
    pub flags: u8,
    /// Start and end of what is paid for, Unix seconds.
    pub period: (i64, i64),
    /// Unix seconds.
    pub now: i64,
}

/// Who is paid, in the mint's smallest unit.
pub struct Parts {
    pub merchant: u64,
    /// To the vault: the shares less what of them repays debts.
    pub commission: u64,
    pub keeper_fee: u64,
    /// How many shares there are.
    pub levels: usize,
}

/// What the referral levels are paid.
struct Shared {
    levels: u8,
    flags: u8,
    shares: u64,
    repaid: u64,
}

/// Books a payment and writes it into `settlement` and `shares`, as many as it has levels.
///
/// # Safety
/// Both can be written, and nobody refers to them.
#[inline(never)]
pub unsafe fn settle(
    books: &mut Books,
    settlement: *mut Settlement,
    shares: *mut LedgerShares,
) -> Result<Parts> {
    let mut shared = Shared {
        levels: 0,
        flags: books.flags,
        shares: 0,
        repaid: 0,
    };
    if books.levels > 0 {
        share_out(books, shares.cast(), &mut shared)?;
    } else {
        require!(books.accounts[0].is_none(), TesseraError::UnexpectedLedger);
    }
    let shared_out = math::add(shared.shares, books.keeper_fee)?;
    require!(shared_out <= books.debit, TesseraError::PriceBelowShares);
    // No overflow: what is repaid is part of the shares.
    let merchant = books
        .debit
        .wrapping_sub(shared_out)
        .wrapping_add(shared.repaid);

    let tier = books.member.tier;
    let points_expired = books.member.expire(books.now);
    let points = books.member.credit(books.org, books.points, books.now);
    // SAFETY: the caller's promise.
    unsafe {
        settlement.write(Settlement {
            debit: books.debit,
            merchant,
            keeper_fee: books.keeper_fee,
            debt_repaid: shared.repaid,
            points,
            points_expired,
            period_start: books.period.0,
            paid_through: books.period.1,
            levels: shared.levels,
            flags: shared.flags,
            tier,
            spare: [0; 5],
        });
    }
    Ok(Parts {
        merchant,
        commission: shared.shares.wrapping_sub(shared.repaid),
        keeper_fee: books.keeper_fee,
        levels: shared.levels as usize,
    })
}

/// Books the levels' shares in their ledgers and writes them down.
#[inline(never)]
#[allow(
    clippy::needless_range_loop,
    reason = "an iterator costs 17 compute units a level"
)]
fn share_out(books: &Books, mut share: *mut LedgerShare, shared: &mut Shared) -> Result<()> {
    let levels = (books.levels as usize).min(REFERRAL_LEVELS);
    require!(
        levels == REFERRAL_LEVELS || books.accounts[levels].is_none(),
        TesseraError::UnexpectedLedger
    );
    let frozen = match books.vault {
        Some(vault) if address_eq(vault.address(), &books.plan.vault) => {
            token::is_frozen(vault.account())
        }
        _ => return Err(TesseraError::WrongVault.into()),
    };
    if frozen {
        shared.flags |= Settlement::VAULT_FROZEN;
    } else {
        shared.levels = levels as u8;
    }
    for level in 0..levels {
        let Some(view) = books.accounts[level].as_ref().map(|it| it.account()) else {
            if seeded(Bug::OmittedLedger) {
                shared.levels = shared.levels.saturating_sub(1);
                continue;
            }
            return Err(TesseraError::MissingLedger.into());
        };
        let expected = &books.ledgers[level];
        require!(
            address_eq(view.address(), expected),
            TesseraError::WrongLedger
        );
        if frozen {
            continue;
        }
        let mut amount = math::bps_of(books.debit, books.commission_bps[level]);
        if view.data_len() >= <Ledger as tessera_types::accounts::AccountType>::LEN {
            // SAFETY: the length was looked at; the ledgers are declared as written, duplicates of
            // such accounts are refused, and nobody else refers to one.
            let ledger: &mut Ledger = unsafe { load::data_mut(view) };
            let repaid = ledger.accrue(amount, books.hold_secs, books.now)?;
            shared.repaid = shared.repaid.wrapping_add(repaid);
        } else {
            require!(!view.owned_by(&ID), TesseraError::WrongLedger);
            amount = 0;
            shared.flags |= Settlement::LEDGER_CLOSED_1 << level;
        }
        // No overflow: the levels together take at most the debit.
        shared.shares = shared.shares.wrapping_add(amount);
        // SAFETY: at most as many are written as there are levels.
        unsafe {
            share.write(LedgerShare {
                ledger: *expected,
                amount,
            });
            share = share.add(1);
        }
    }
    Ok(())
}

/// Points of a period, `base` and the boost that was signed for the member's tier.
#[inline(always)]
pub fn boosted(base: u64, boost_bps: u16) -> u64 {
    match boost_bps {
        0 => base,
        boost => base.saturating_add(math::bps_of(base, boost)),
    }
}

/// Writes into a subscription what was paid for the period.
#[inline(always)]
pub fn book_period(
    subscription: &mut Subscription,
    settlement: &Settlement,
    (start, end): (i64, i64),
) {
    subscription.period_start = start;
    subscription.paid_through = end;
    subscription.next_due = end.max(subscription.paused_until);
    subscription.period_debit = settlement.debit;
    subscription.period_refunded = 0;
    subscription.period_credit = 0;
    subscription.period_points = settlement.points;
    subscription.period_flags = settlement.flags;
    subscription.periods_paid = subscription.periods_paid.saturating_add(1);
}
