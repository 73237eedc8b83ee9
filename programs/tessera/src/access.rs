//! Who may do what: orgs by their authority, subscriptions and members by their wallet. The checks are
//! out of line and return a code only; a reference beside it would go through the stack.

use crate::{
    declare::Account,
    load::{self, data, data_mut},
    outcome::{Result, require, require_same},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Config, Member, Org, Subscription},
};

/// The org at `address`, whose authority signs.
#[inline(always)]
pub fn org<'a>(account: &'a Account, address: &Address, signer: &Address) -> Result<&'a Org> {
    check_org(account, address, signer)?;
    // SAFETY: it was looked at.
    Ok(unsafe { data(account.account()) })
}

#[inline(never)]
fn check_org(account: &Account, address: &Address, signer: &Address) -> Result<()> {
    let org: &Org = load::named(account, address, TesseraError::WrongOrg)?;
    require_same(&org.authority, signer, TesseraError::WrongAuthority)
}

/// An org that is written, whose authority signs.
#[inline(always)]
pub fn org_mut<'a>(account: &'a mut Account, signer: &Address) -> Result<&'a mut Org> {
    check_authority(account, signer)?;
    // SAFETY: it was looked at; see `load::owned_mut`.
    Ok(unsafe { data_mut(account.account()) })
}

#[inline(never)]
fn check_authority(account: &Account, signer: &Address) -> Result<()> {
    let org: &Org = load::owned(account)?;
    require_same(&org.authority, signer, TesseraError::WrongAuthority)
}

/// The config, while the program's admin lets accounts be created.
#[inline(always)]
pub fn creation(account: &Account) -> Result<&Config> {
    check_creation(account)?;
    // SAFETY: it was looked at.
    Ok(unsafe { data(account.account()) })
}

#[inline(never)]
fn check_creation(account: &Account) -> Result<()> {
    let config: &Config = load::owned(account)?;
    require!(
        config.pause_flags & Config::PAUSE_CREATION == 0,
        TesseraError::Paused
    );
    Ok(())
}

/// A subscription whose wallet signs.
#[inline(always)]
pub fn subscription<'a>(
    account: &'a mut Account,
    wallet: &Address,
) -> Result<&'a mut Subscription> {
    check_subscription(account, wallet)?;
    // SAFETY: it was looked at; see `load::owned_mut`.
    Ok(unsafe { data_mut(account.account()) })
}

#[inline(never)]
fn check_subscription(account: &Account, wallet: &Address) -> Result<()> {
    let subscription: &Subscription = load::owned(account)?;
    require_same(&subscription.wallet, wallet, TesseraError::WrongWallet)
}

/// The member account of a wallet in an org.
#[inline(always)]
pub fn member<'a>(
    account: &'a mut Account,
    org: &Address,
    wallet: &Address,
) -> Result<&'a mut Member> {
    check_member(account, org, wallet)?;
    // SAFETY: it was looked at; see `load::owned_mut`.
    Ok(unsafe { data_mut(account.account()) })
}

#[inline(never)]
fn check_member(account: &Account, org: &Address, wallet: &Address) -> Result<()> {
    let member: &Member = load::owned(account)?;
    require_same(&member.org, org, TesseraError::WrongOrg)?;
    require_same(&member.wallet, wallet, TesseraError::WrongWallet)
}
