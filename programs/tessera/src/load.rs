//! Accounts of this program as references into their data.
//!
//! Law: an account is taken by owner, discriminator, length and version, or by its address, when
//! that stands in an account which was taken before: the program wrote it there after it had looked
//! at all of them, and only this program makes accounts at addresses of its own. Data may be longer
//! than the structure, because later layouts append fields; version 0 is nobody's.

use crate::declare::Account;
use crate::outcome::{Refusal, Result, require};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    ID, TesseraError,
    accounts::{AccountType, DISCRIMINATOR_LEN, Header},
};

/// An account of kind `T`, else `AccountMissing`.
#[inline(always)]
pub fn owned<T: AccountType>(account: &Account) -> Result<&T> {
    check(
        account.account(),
        u64::from_le_bytes(T::DISCRIMINATOR),
        T::LEN,
    )?;
    // SAFETY: the length is checked and account data is 8-byte aligned; see `owned_mut`.
    Ok(unsafe { data(account.account()) })
}

/// A writable account of kind `T`, else `AccountMissing`.
#[inline(always)]
pub fn owned_mut<T: AccountType>(account: &mut Account) -> Result<&mut T> {
    check(
        account.account(),
        u64::from_le_bytes(T::DISCRIMINATOR),
        T::LEN,
    )?;
    // SAFETY: as above; the exclusive borrow of `account` is the only one to its data, because
    // duplicates of accounts that are declared as written are refused.
    Ok(unsafe { data_mut(account.account()) })
}

/// The account of kind `T` at `address`, else `refusal`.
#[inline(always)]
pub fn named<'a, T: AccountType>(
    account: &'a Account,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a T> {
    let view = account.account();
    check_named(view, address, T::LEN, refusal.into())?;
    // SAFETY: as in `owned`.
    Ok(unsafe { data(view) })
}

/// The same without a call, for what is paid for most.
#[inline(always)]
pub fn named_here<'a, T: AccountType>(
    account: &'a Account,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a T> {
    let view = account.account();
    require!(is_named(view, address, T::LEN), refusal);
    // SAFETY: as in `owned`.
    Ok(unsafe { data(view) })
}

/// The writable account of kind `T` at `address`, else `refusal`.
#[inline(always)]
pub fn named_mut<'a, T: AccountType>(
    account: &'a mut Account,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a mut T> {
    let view = account.account();
    check_named(view, address, T::LEN, refusal.into())?;
    // SAFETY: as in `owned_mut`.
    Ok(unsafe { data_mut(view) })
}

/// Whether an account stands at `address` and is long enough.
#[inline(always)]
fn is_named(view: &AccountView, address: &Address, len: usize) -> bool {
    address_eq(view.address(), address) && view.data_len() >= len
}

#[inline(never)]
fn check_named(view: &AccountView, address: &Address, len: usize, refusal: Refusal) -> Result<()> {
    if !is_named(view, address, len) {
        return Err(refusal);
    }
    Ok(())
}

/// The structure in an account's data, behind its discriminator.
///
/// # Safety
/// The data is long enough for `T`, and nobody else holds a reference into it.
#[inline(always)]
pub unsafe fn data_mut<'a, T: AccountType>(view: &AccountView) -> &'a mut T {
    let mut view = *view;
    // SAFETY: the caller's promise; account data is 8-byte aligned.
    unsafe { &mut *view.data_mut_ptr().add(DISCRIMINATOR_LEN).cast() }
}

/// The same to be read.
///
/// # Safety
/// The data is long enough for `T`, and nobody writes it meanwhile.
#[inline(always)]
pub unsafe fn data<'a, T: AccountType>(view: &AccountView) -> &'a T {
    // SAFETY: the caller's promise; account data is 8-byte aligned.
    unsafe { &*view.data_ptr().add(DISCRIMINATOR_LEN).cast() }
}

/// Whether this program owns the account, which then has data: it closes none without giving it
/// back to the System program.
#[inline(never)]
pub fn exists(account: &Account) -> bool {
    account.account().owned_by(&ID)
}

/// The discriminator of an account of this program, else `AccountMissing`.
#[inline(always)]
pub fn kind(account: &Account) -> Result<u64> {
    let view = account.account();
    require!(
        exists(account) && view.data_len() >= DISCRIMINATOR_LEN + size_of::<Header>(),
        TesseraError::AccountMissing
    );
    // SAFETY: the data is long enough and 8-byte aligned.
    Ok(unsafe { *view.data_ptr().cast::<u64>() })
}

#[inline(never)]
fn check(view: &AccountView, discriminator: u64, len: usize) -> Result<()> {
    require!(
        view.owned_by(&ID) && view.data_len() >= len,
        TesseraError::AccountMissing
    );
    // SAFETY: the data is longer than discriminator and header, and 8-byte aligned.
    let (found, header) = unsafe {
        let data = view.data_ptr();
        (
            *data.cast::<u64>(),
            &*data.add(DISCRIMINATOR_LEN).cast::<Header>(),
        )
    };
    require!(
        found == discriminator && header.version > 0,
        TesseraError::AccountMissing
    );
    Ok(())
}
