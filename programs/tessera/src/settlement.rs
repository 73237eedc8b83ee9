//! One period's money and points, for the first charge and for every later one.
//!
//! `debit = merchant + keeper fee + shares`, where `debit` is the locked price; a level without a
//! referrer has no share, so its part stays with the merchant. All of it moves in one token CPI.
//!
//! The classic token program moves tokens between accounts of one mint only, and the destination
//! was checked against the plan's mint when the plan was made, so the mint need not be passed.

use crate::{known, math};
use anchor_lang::{
    address_eq,
    cpi::{CpiSigner, InstructionAccount},
    prelude::*,
};
use core::mem::MaybeUninit;
use pinocchio_token::instructions::{Approve, Batch, IntoBatch, Transfer};
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Ledger, Member, Org, Plan, Subscription},
    events::{LedgerShare, LedgerShares, Settlement},
};

/// Token instructions of a charge: merchant, vault, keeper, approval.
const MAX_PARTS: usize = 4;
const ACCOUNTS_PER_PART: usize = 3;
/// Header of two bytes, number of the token instruction, amount.
const DATA_PER_PART: usize = 11;

/// The token accounts of a charge and who signs for the payer's.
pub struct Payment<'a> {
    pub from: &'a AccountView,
    pub destination: &'a AccountView,
    pub vault: Option<&'a AccountView>,
    pub keeper: Option<&'a AccountView>,
    pub signer: &'a AccountView,
    /// Delegate and amount that the payer approves for later periods.
    pub approval: Option<(&'a AccountView, u64)>,
}

/// What a charge reads and writes besides token accounts.
pub struct Books<'a> {
    pub plan: &'a Plan,
    pub org: &'a Org,
    pub subscription: &'a mut Subscription,
    pub member: &'a mut Member,
    pub ledgers: [&'a mut Option<UncheckedAccount>; REFERRAL_LEVELS],
}

/// Moves the money of one period at `now` (Unix seconds) and books it. `paid_through` is the end
/// of the period; `seeds` sign for a delegate, empty when the wallet itself signs. Writes the
/// referral levels' `shares` and returns how many.
#[inline(always)]
pub fn settle(
    payment: &Payment,
    books: &mut Books,
    paid_through: i64,
    now: i64,
    seeds: &[CpiSigner],
    shares: &mut MaybeUninit<LedgerShares>,
) -> Result<(Settlement, usize)> {
    let price = books.subscription.price;
    let keeper_fee = match payment.keeper {
        Some(_) => books.plan.keeper_fee_cap,
        None => 0,
    };

    let shares = shares.as_mut_ptr().cast::<LedgerShare>();
    let mut levels = 0;
    let mut commission = 0u64;
    for level in 0..REFERRAL_LEVELS {
        let expected = &books.subscription.ledgers[level];
        if address_eq(expected, &NO_ADDRESS) {
            require!(
                books.ledgers[level].is_none(),
                TesseraError::UnexpectedLedger
            );
            break;
        }
        let account = books.ledgers[level]
            .as_mut()
            .ok_or(TesseraError::MissingLedger)?;
        let ledger: &mut Ledger = known::load_mut(account, expected, TesseraError::WrongLedger)?;
        let amount = math::bps_of(price, books.subscription.commission_bps[level]);
        ledger
            .accrue(amount, now)
            .ok_or(TesseraError::ArithmeticOverflow)?;
        commission = math::add(commission, amount)?;
        // SAFETY: `level` is below `REFERRAL_LEVELS`, the length of `shares`.
        unsafe {
            shares.add(level).write(LedgerShare {
                ledger: *expected,
                amount,
            });
        }
        levels += 1;
    }

    let merchant = price
        .checked_sub(commission)
        .and_then(|rest| rest.checked_sub(keeper_fee))
        .ok_or(TesseraError::PriceBelowShares)?;
    transfer(
        payment,
        &Parts {
            vault: &books.plan.vault,
            merchant,
            commission,
            keeper_fee,
        },
        seeds,
    )?;

    let base = books.plan.points_per_charge;
    let points = math::add(
        base,
        math::bps_of(base, books.org.boost_bps(books.member.tier)),
    )?;
    credit_points(books.member, books.org, points)?;

    books.subscription.paid_through = paid_through;
    books.subscription.next_due = paid_through;
    books.subscription.periods_paid = books.subscription.periods_paid.saturating_add(1);
    let settlement = Settlement {
        debit: price,
        merchant,
        keeper_fee,
        points,
        paid_through,
    };
    Ok((settlement, levels))
}

/// Gives a member points and the tier that they reach.
#[inline(always)]
pub fn credit_points(member: &mut Member, org: &Org, points: u64) -> Result<()> {
    member.points = math::add(member.points, points)?;
    member.lifetime_points = math::add(member.lifetime_points, points)?;
    member.tier = org.tier_for(member.lifetime_points);
    Ok(())
}

struct Parts<'a> {
    vault: &'a Address,
    merchant: u64,
    commission: u64,
    keeper_fee: u64,
}

#[inline(always)]
fn transfer(payment: &Payment, parts: &Parts, seeds: &[CpiSigner]) -> Result<()> {
    let to = |destination, amount| Transfer::new(payment.from, destination, payment.signer, amount);
    if parts.commission == 0 && parts.keeper_fee == 0 && payment.approval.is_none() {
        return to(payment.destination, parts.merchant).invoke_signed(seeds);
    }

    let mut data = [const { MaybeUninit::<u8>::uninit() }; 1 + MAX_PARTS * DATA_PER_PART];
    let mut metas =
        [const { MaybeUninit::<InstructionAccount>::uninit() }; MAX_PARTS * ACCOUNTS_PER_PART];
    let mut infos = [const { MaybeUninit::uninit() }; MAX_PARTS * ACCOUNTS_PER_PART];
    let mut batch = Batch::new(&mut data, &mut metas, &mut infos)?;
    to(payment.destination, parts.merchant).into_batch(&mut batch)?;
    if parts.commission > 0 {
        let vault = payment
            .vault
            .filter(|vault| address_eq(vault.address(), parts.vault))
            .ok_or(TesseraError::WrongVault)?;
        to(vault, parts.commission).into_batch(&mut batch)?;
    }
    if let (Some(keeper), true) = (payment.keeper, parts.keeper_fee > 0) {
        to(keeper, parts.keeper_fee).into_batch(&mut batch)?;
    }
    if let Some((delegate, amount)) = payment.approval {
        Approve::new(payment.from, delegate, payment.signer, amount).into_batch(&mut batch)?;
    }
    batch.invoke_signed(seeds)
}
