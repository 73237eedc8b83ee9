//! One period's money and points, for the first charge and for every later one.
//!
//! `debit = merchant + keeper fee + shares`, where `debit` is the locked price; a level without a
//! referrer has no share, so its part stays with the merchant, and so do all parts while the vault
//! is frozen: what cannot be paid into the vault is not owed from it.

use crate::{load, math, schedule, token};
use anchor_lang::{address_eq, prelude::*};
use core::mem::MaybeUninit;
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Ledger, Member, Org, Plan, Subscription},
    events::{LedgerShare, LedgerShares, Settlement},
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
    if !address_eq(&subscription.ledgers[0], &NO_ADDRESS) {
        let vault = books
            .vault
            .filter(|vault| address_eq(vault.address(), &books.plan.vault))
            .ok_or(TesseraError::WrongVault)?;
        if token::is_frozen(vault) {
            flags |= Settlement::VAULT_FROZEN;
        }
    }
    let mut shared = Shared {
        commission: 0,
        levels: 0,
    };
    let sharing = Sharing {
        subscription,
        accounts: [
            books.ledgers[0].as_ref().map(AnchorAccount::account),
            books.ledgers[1].as_ref().map(AnchorAccount::account),
            books.ledgers[2].as_ref().map(AnchorAccount::account),
        ],
        frozen: flags & Settlement::VAULT_FROZEN != 0,
        now,
    };
    if let Some(refusal) = share_out(&sharing, entry.shares, &mut shared) {
        return Err(refusal.into());
    }
    let Shared { commission, levels } = shared;
    let merchant = price
        .checked_sub(commission)
        .and_then(|rest| rest.checked_sub(keeper_fee))
        .ok_or(TesseraError::PriceBelowShares)?;

    let base = books.plan.points_per_charge;
    let boost = math::bps_of(base, subscription.terms.boost_in(books.member.tier));
    let points = credit_points(books.member, books.org, base.saturating_add(boost));

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

/// What the referral levels are paid from, and into which accounts.
struct Sharing<'a> {
    subscription: &'a Subscription,
    accounts: [Option<&'a AccountView>; REFERRAL_LEVELS],
    /// Whether the vault is: then nothing is booked.
    frozen: bool,
    now: i64,
}

/// What they were paid.
struct Shared {
    commission: u64,
    levels: u8,
}

/// Books the levels' shares in their ledgers and writes them down. A function of its own: within
/// the charge's, everything here would go through the stack.
#[inline(never)]
fn share_out(
    sharing: &Sharing,
    shares: &mut MaybeUninit<LedgerShares>,
    shared: &mut Shared,
) -> Option<TesseraError> {
    let terms = &sharing.subscription.terms;
    let mut share = shares.as_mut_ptr().cast::<LedgerShare>();
    let mut commission = 0u64;
    let mut levels = 0;
    for level in 0..REFERRAL_LEVELS {
        let expected = &sharing.subscription.ledgers[level];
        let account = sharing.accounts[level];
        if address_eq(expected, &NO_ADDRESS) {
            if account.is_some() {
                return Some(TesseraError::UnexpectedLedger);
            }
            break;
        }
        let Some(view) = account else {
            return Some(TesseraError::MissingLedger);
        };
        if !load::is_named::<Ledger>(view, expected) {
            return Some(TesseraError::WrongLedger);
        }
        if sharing.frozen {
            continue;
        }
        // SAFETY: `is_named` looked at the length; the ledgers are declared mutable, duplicates of
        // such accounts are refused, and nobody else refers to one.
        let ledger: &mut Ledger = unsafe { load::data_mut(view) };
        let amount = math::bps_of(terms.price, terms.commission_bps[level]);
        // No overflow: the levels together take at most the price.
        commission = commission.wrapping_add(amount);
        if Ledger::accrue(ledger, amount, terms.hold_secs, sharing.now).is_none() {
            return Some(TesseraError::ArithmeticOverflow);
        }
        // SAFETY: at most as many are written as there are levels.
        unsafe {
            share.write(LedgerShare {
                ledger: *expected,
                amount,
            });
            share = share.add(1);
        }
        levels += 1;
    }
    shared.commission = commission;
    shared.levels = levels;
    None
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
