//! One period's money and points, for the first charge and for every later one.
//!
//! `debit = merchant + keeper fee + shares`, where `debit` is the locked price; a level without a
//! referrer has no share, so its part stays with the merchant, and so do all parts while the vault
//! is frozen: what cannot be paid into the vault is not owed from it.

use crate::{load, schedule, token};
use anchor_lang::{address_eq, prelude::*};
use core::mem::MaybeUninit;
use tessera_types::{
    REFERRAL_LEVELS, TesseraError,
    accounts::{Ledger, Member, Org, Plan, Subscription, Terms},
    events::{LedgerShare, LedgerShares, Settlement},
    math,
};

/// What a payment reads and writes besides token accounts.
pub struct Books<'a> {
    pub plan: &'a Plan,
    pub org: &'a Org,
    pub subscription: &'a mut Subscription,
    pub member: &'a mut Member,
    pub vault: Option<&'a AccountView>,
    pub ledgers: [&'a mut Option<UncheckedAccount>; REFERRAL_LEVELS],
    /// Whether somebody is to be paid for cranking.
    pub keeper: bool,
}

/// Where a period goes into the receipt.
pub struct Entry<'a> {
    pub settlement: &'a mut MaybeUninit<Settlement>,
    /// As many are written as the settlement has levels.
    pub shares: &'a mut MaybeUninit<LedgerShares>,
}

/// Who is paid, in the mint's smallest unit.
pub struct Parts {
    pub merchant: u64,
    /// To the vault, the sum of the shares.
    pub commission: u64,
    pub keeper_fee: u64,
    /// How many shares there are.
    pub levels: usize,
}

/// Books the period from `start` to `end` at `now` (Unix seconds) and writes it into `entry`.
#[inline(always)]
pub fn settle(
    books: &mut Books,
    (start, end): (i64, i64),
    now: i64,
    entry: Entry,
) -> Result<Parts> {
    let subscription = &mut *books.subscription;
    let price = subscription.terms.price;
    let keeper_fee = match books.keeper {
        true => schedule::keeper_fee(books.plan.keeper_fee_cap, subscription, now),
        false => 0,
    };

    let mut flags = 0;
    if subscription.levels > 0 {
        let vault = books
            .vault
            .filter(|vault| address_eq(vault.address(), &books.plan.vault))
            .ok_or(TesseraError::WrongVault)?;
        if token::is_frozen(vault) {
            flags |= Settlement::VAULT_FROZEN;
        }
    }
    let mut shared = Shared {
        frozen: flags & Settlement::VAULT_FROZEN != 0,
        levels: 0,
        now,
        commission: 0,
    };
    if subscription.levels > 0 {
        let refusal = share_out(subscription, &books.ledgers, entry.shares, &mut shared);
        if let Some(refusal) = refusal {
            return Err(refusal.into());
        }
    } else {
        require!(books.ledgers[0].is_none(), TesseraError::UnexpectedLedger);
    }
    let Shared {
        commission, levels, ..
    } = shared;
    let shared_out = math::add(commission, keeper_fee)?;
    require!(shared_out <= price, TesseraError::PriceBelowShares);
    let merchant = price.wrapping_sub(shared_out);

    let base = books.plan.points_per_charge;
    let points = earn_points(books.member, books.org, &subscription.terms, base);

    subscription.period_start = start;
    subscription.paid_through = end;
    subscription.next_due = end;
    subscription.period_debit = price;
    subscription.period_points = points;
    subscription.period_flags = flags;
    subscription.periods_paid = subscription.periods_paid.saturating_add(1);
    entry.settlement.write(Settlement {
        debit: price,
        merchant,
        keeper_fee,
        points,
        period_start: start,
        paid_through: end,
        levels,
        flags,
        spare: [0; 6],
    });
    Ok(Parts {
        merchant,
        commission,
        keeper_fee,
        levels: levels as usize,
    })
}

/// What the referral levels are paid when, and how much it was.
struct Shared {
    /// Whether the vault is: then nothing is booked.
    frozen: bool,
    levels: u8,
    now: i64,
    commission: u64,
}

/// Books the levels' shares in their ledgers and writes them down. A function of its own: within
/// the charge's, everything here would go through the stack.
#[inline(never)]
#[allow(
    clippy::needless_range_loop,
    reason = "an iterator costs 17 compute units a level"
)]
fn share_out(
    subscription: &Subscription,
    accounts: &[&mut Option<UncheckedAccount>; REFERRAL_LEVELS],
    shares: &mut MaybeUninit<LedgerShares>,
    shared: &mut Shared,
) -> Option<TesseraError> {
    let terms = &subscription.terms;
    let mut share = shares.as_mut_ptr().cast::<LedgerShare>();
    let mut commission = 0u64;
    let levels = (subscription.levels as usize).min(REFERRAL_LEVELS);
    if levels < REFERRAL_LEVELS && accounts[levels].is_some() {
        return Some(TesseraError::UnexpectedLedger);
    }
    for level in 0..levels {
        let Some(view) = accounts[level].as_ref().map(AnchorAccount::account) else {
            return Some(TesseraError::MissingLedger);
        };
        let expected = &subscription.ledgers[level];
        if !load::is_named::<Ledger>(view, expected) {
            return Some(TesseraError::WrongLedger);
        }
        if shared.frozen {
            continue;
        }
        // SAFETY: `is_named` looked at the length; the ledgers are declared mutable, duplicates of
        // such accounts are refused, and nobody else refers to one.
        let ledger: &mut Ledger = unsafe { load::data_mut(view) };
        let amount = math::bps_of(terms.price, terms.commission_bps[level]);
        // No overflow: the levels together take at most the price.
        commission = commission.wrapping_add(amount);
        if let Err(refusal) = ledger.accrue(amount, terms.hold_secs, shared.now) {
            return Some(refusal);
        }
        // SAFETY: at most as many are written as there are levels.
        unsafe {
            share.write(LedgerShare {
                ledger: *expected,
                amount,
            });
            share = share.add(1);
        }
    }
    shared.commission = commission;
    shared.levels = if shared.frozen { 0 } else { levels as u8 };
    None
}

/// Gives a member the points of a charge, `base` and the boost that was signed for its tier, and
/// returns how many. A function of its own for the same reason.
#[inline(never)]
fn earn_points(member: &mut Member, org: &Org, terms: &Terms, base: u64) -> u64 {
    let boost = match member.tier {
        0 => 0,
        tier => math::bps_of(base, terms.boost_in(tier)),
    };
    credit_points(member, org, base.saturating_add(boost))
}

/// Gives a member points and the tier that they reach, and returns how many: a balance that would
/// overflow takes what fits, so that points never stand in the way of money.
#[inline(always)]
pub fn credit_points(member: &mut Member, org: &Org, points: u64) -> u64 {
    let granted = points.min(u64::MAX - member.points);
    member.points += granted;
    member.lifetime_points = member.lifetime_points.saturating_add(granted);
    member.tier = org.tier_for(member.lifetime_points);
    granted
}
