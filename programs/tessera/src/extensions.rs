//! Which Token-2022 mints and accounts may be paid with, by what their extensions do at the moment
//! and not by which they have: dollar tokens carry fees of nothing and hooks without a program.
//!
//! Law: an extension that is not known here is refused, because it could change what a transfer
//! does.

use crate::{
    outcome::{Result, require},
    token::EXTENSIONS,
};
use anchor_lang::prelude::AccountView;
use tessera_types::{TesseraError, accounts::Plan};

/// Types of extensions; `ACCOUNT_` ones stand in token accounts.
const TRANSFER_FEE: u16 = 1;
const MINT_CLOSE_AUTHORITY: u16 = 3;
const CONFIDENTIAL_TRANSFER: u16 = 4;
const DEFAULT_ACCOUNT_STATE: u16 = 6;
const ACCOUNT_MEMO_REQUIRED: u16 = 8;
const NON_TRANSFERABLE: u16 = 9;
const ACCOUNT_CPI_GUARD: u16 = 11;
const PERMANENT_DELEGATE: u16 = 12;
const TRANSFER_HOOK: u16 = 14;
const CONFIDENTIAL_TRANSFER_FEE: u16 = 16;
/// Metadata, groups and their pointers.
const METADATA_AND_GROUPS: core::ops::RangeInclusive<u16> = 18..=23;
const PAUSABLE: u16 = 26;

/// The state of a frozen account.
const FROZEN: u8 = 2;

/// Length of an extension's type and length.
const TLV_HEADER: usize = 4;

/// What every token account of a mint carries because the mint does: fee withheld, hook's flag,
/// pausable's mark.
const ACCOUNT_FEE: usize = TLV_HEADER + 8;
const ACCOUNT_HOOK: usize = TLV_HEADER + 1;
const ACCOUNT_PAUSABLE: usize = TLV_HEADER;

/// What a mint's extensions mean for its token accounts.
#[derive(Default)]
pub struct AccountRules {
    /// Bytes of extensions that each has to have room for.
    pub extensions_len: usize,
    /// Whether a new one is frozen until its issuer thaws it.
    pub frozen_by_default: bool,
    /// Whether somebody can take what each of them holds.
    pub permanent_delegate: bool,
}

/// Refuses a mint whose tokens cannot be paid with in full and at any time; `consents` are the
/// plan's or the subscriber's.
#[inline(never)]
pub fn require_payable(mint: &[u8], consents: u8) -> Result<AccountRules> {
    let mut rules = AccountRules::default();
    let mut rest = mint.get(EXTENSIONS..).unwrap_or_default();
    while let Some(Extension { kind, value, next }) = first(rest)? {
        rest = next;
        match kind {
            TRANSFER_FEE => {
                // Two authorities and what is withheld, then for this epoch and the next: epoch,
                // most, basis points.
                let none = zero(value, 80..90)? && zero(value, 98..108)?;
                require!(none, TesseraError::TransferFeeActive);
                rules.extensions_len += ACCOUNT_FEE;
            }
            TRANSFER_HOOK => {
                // Authority, program.
                require!(zero(value, 32..64)?, TesseraError::TransferHookActive);
                rules.extensions_len += ACCOUNT_HOOK;
            }
            PERMANENT_DELEGATE => {
                rules.permanent_delegate = !zero(value, 0..32)?;
                let consented = consents & Plan::PERMANENT_DELEGATE != 0;
                require!(
                    consented || !rules.permanent_delegate,
                    TesseraError::PermanentDelegate
                );
            }
            PAUSABLE => {
                // Authority, paused.
                require!(zero(value, 32..33)?, TesseraError::MintPaused);
                rules.extensions_len += ACCOUNT_PAUSABLE;
            }
            NON_TRANSFERABLE => return Err(TesseraError::NonTransferable.into()),
            MINT_CLOSE_AUTHORITY | CONFIDENTIAL_TRANSFER | CONFIDENTIAL_TRANSFER_FEE => {}
            DEFAULT_ACCOUNT_STATE => rules.frozen_by_default = value.first() == Some(&FROZEN),
            known if METADATA_AND_GROUPS.contains(&known) => {}
            _ => return Err(TesseraError::UnknownExtension.into()),
        }
    }
    Ok(rules)
}

/// Refuses a destination that wants a memo with each transfer.
#[inline(always)]
pub fn require_no_memo(account: &AccountView) -> Result<()> {
    require!(
        !is_set(account, ACCOUNT_MEMO_REQUIRED)?,
        TesseraError::MemoRequired
    );
    Ok(())
}

/// Whether a token account lets no program change its approval.
#[inline(always)]
pub fn is_cpi_guarded(account: &AccountView) -> Result<bool> {
    is_set(account, ACCOUNT_CPI_GUARD)
}

/// Whether the account has an extension whose first byte is not zero.
#[inline(never)]
fn is_set(account: &AccountView, wanted: u16) -> Result<bool> {
    // SAFETY: as for `token::account`, which looked at this account before.
    let data = unsafe { core::slice::from_raw_parts(account.data_ptr(), account.data_len()) };
    let mut rest = data.get(EXTENSIONS..).unwrap_or_default();
    while let Some(Extension { kind, value, next }) = first(rest)? {
        if kind == wanted {
            return Ok(!zero(value, 0..1)?);
        }
        rest = next;
    }
    Ok(false)
}

/// One extension, and what follows it.
struct Extension<'a> {
    kind: u16,
    value: &'a [u8],
    next: &'a [u8],
}

/// The first extension; `None` at the end.
#[inline(always)]
fn first(data: &[u8]) -> Result<Option<Extension<'_>>> {
    let [a, b, c, d, rest @ ..] = data else {
        return Ok(None);
    };
    let kind = u16::from_le_bytes([*a, *b]);
    if kind == 0 {
        return Ok(None);
    }
    let (value, next) = rest
        .split_at_checked(u16::from_le_bytes([*c, *d]) as usize)
        .ok_or(TesseraError::MalformedExtensions)?;
    Ok(Some(Extension { kind, value, next }))
}

#[inline(always)]
fn zero(value: &[u8], range: core::ops::Range<usize>) -> Result<bool> {
    let bytes = value.get(range).ok_or(TesseraError::MalformedExtensions)?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}
