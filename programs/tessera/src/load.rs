//! Accounts of this program as references into their data.
//!
//! Law: an account is taken by owner, discriminator, length and version, or by its address, when
//! that stands in an account which was taken before: the program wrote it there after it had looked
//! at all of them, and only this program makes accounts at addresses of its own. Data may be longer
//! than the structure, because later layouts append fields; version 0 is nobody's.

use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    ID, TesseraError,
    accounts::{AccountType, DISCRIMINATOR_LEN, Header},
};

/// An account of kind `T`, else `AccountMissing`.
#[inline(always)]
pub fn owned<T: AccountType>(account: &UncheckedAccount) -> Result<&T> {
    check(
        account.account(),
        u64::from_le_bytes(T::DISCRIMINATOR),
        T::LEN,
    )?;
    // SAFETY: the length is checked and account data is 8-byte aligned; see `owned_mut`.
    Ok(unsafe { &*account.account().data_ptr().add(DISCRIMINATOR_LEN).cast() })
}

/// A writable account of kind `T`, else `AccountMissing`.
#[inline(always)]
pub fn owned_mut<T: AccountType>(account: &mut UncheckedAccount) -> Result<&mut T> {
    check(
        account.account(),
        u64::from_le_bytes(T::DISCRIMINATOR),
        T::LEN,
    )?;
    // SAFETY: as above; the exclusive borrow of `account` is the only one to its data, because
    // Anchor refuses duplicates of accounts that are declared mutable.
    Ok(unsafe { data_mut(account.account()) })
}

/// The account of kind `T` at `address`, else `refusal`.
#[inline(always)]
pub fn named<'a, T: AccountType>(
    account: &'a UncheckedAccount,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a T> {
    let view = account.account();
    if !is_named::<T>(view, address) {
        return Err(refusal.into());
    }
    // SAFETY: as in `owned`.
    Ok(unsafe { &*view.data_ptr().add(DISCRIMINATOR_LEN).cast() })
}

/// The writable account of kind `T` at `address`, else `refusal`.
#[inline(always)]
pub fn named_mut<'a, T: AccountType>(
    account: &'a mut UncheckedAccount,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a mut T> {
    let view = account.account();
    if !is_named::<T>(view, address) {
        return Err(refusal.into());
    }
    // SAFETY: as in `owned_mut`.
    Ok(unsafe { data_mut(view) })
}

/// Whether an account stands at `address` and is long enough for `T`.
#[inline(always)]
pub fn is_named<T: AccountType>(view: &AccountView, address: &Address) -> bool {
    address_eq(view.address(), address) && view.data_len() >= T::LEN
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

/// Whether this program owns the account, which then has data: it closes none without giving it
/// back to the System program.
#[inline(always)]
pub fn exists(account: &UncheckedAccount) -> bool {
    account.account().owned_by(&ID)
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
