//! Accounts whose address stands in an account that is loaded already.
//!
//! The program wrote that address when it had loaded the account in full, and it never closes
//! accounts of these kinds; so the address is proof enough, and owner and discriminator need not
//! be looked at in every charge.

use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{AccountType, DISCRIMINATOR_LEN},
};

/// The account at `address`, else `refusal`.
#[inline(always)]
pub fn load<'a, T: AccountType>(
    account: &'a UncheckedAccount,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a T> {
    let view = account.account();
    if !address_eq(view.address(), address) || view.data_len() != T::LEN {
        return Err(refusal.into());
    }
    // SAFETY: the length is checked, account data is 8-byte aligned, and no instruction takes the
    // same account as mutable too, because duplicates of mutable accounts are refused.
    Ok(unsafe { &*view.data_ptr().add(DISCRIMINATOR_LEN).cast() })
}

/// The writable account at `address`, else `refusal`.
#[inline(always)]
pub fn load_mut<'a, T: AccountType>(
    account: &'a mut UncheckedAccount,
    address: &Address,
    refusal: TesseraError,
) -> Result<&'a mut T> {
    let mut view = *account.account();
    if !address_eq(view.address(), address) || view.data_len() != T::LEN {
        return Err(refusal.into());
    }
    // SAFETY: as in `load`; the exclusive borrow of `account` is the only reference.
    Ok(unsafe { &mut *view.data_mut_ptr().add(DISCRIMINATOR_LEN).cast() })
}
