//! Emits an event and chains it: `head = sha256(head || event bytes)`.

use anchor_lang::prelude::*;
use core::mem::{MaybeUninit, offset_of};
use solana_sha256_hasher::hashv;
use tessera_types::{
    TesseraError,
    events::{EventType, LedgerShare, LedgerShares, Receipt},
};

/// The receipt that follows `seq` on `account` at `now` (Unix seconds); counts it.
#[inline(always)]
pub fn next(account: &Address, seq: &mut u64, now: i64) -> Result<Receipt> {
    *seq = seq.checked_add(1).ok_or(TesseraError::ArithmeticOverflow)?;
    Ok(Receipt {
        account: *account,
        seq: *seq,
        at: now,
    })
}

/// An event where it is logged from: large copies are what compute units are lost on here.
#[repr(C)]
pub struct Entry<E> {
    discriminator: [u8; 8],
    event: MaybeUninit<E>,
    /// The referral levels' shares; a charge fills as many as it emits.
    pub shares: MaybeUninit<LedgerShares>,
}

impl<E: EventType> Entry<E> {
    /// `Pod` events have no padding and a multiple of 8 bytes, so the parts follow on each other.
    const CONTIGUOUS: () =
        assert!(offset_of!(Self, event) == 8 && offset_of!(Self, shares) == 8 + size_of::<E>());

    #[inline(always)]
    pub fn new() -> Self {
        Self {
            discriminator: E::DISCRIMINATOR,
            event: MaybeUninit::uninit(),
            shares: MaybeUninit::uninit(),
        }
    }

    /// Logs `event` with the first `levels` shares and moves `head` over the same bytes.
    ///
    /// # Safety
    /// The first `levels` of `shares` are written.
    #[inline(always)]
    pub unsafe fn emit(mut self, head: &mut [u8; 32], event: E, levels: usize) {
        let () = Self::CONTIGUOUS;
        self.event.write(event);
        let len = offset_of!(Self, shares) + levels * size_of::<LedgerShare>();
        // SAFETY: everything before `shares` is written and without padding, and so are `levels`
        // shares, as the caller promises; `len` stays within `self`.
        let bytes = unsafe { core::slice::from_raw_parts((&raw const self).cast::<u8>(), len) };
        sol_log_data(&[bytes]);
        *head = hashv(&[&head[..], bytes]).to_bytes();
    }
}

/// Logs `event`, which has no shares, and moves `head` over the same bytes.
#[inline(always)]
pub fn emit<E: EventType>(head: &mut [u8; 32], event: E) {
    // SAFETY: no share is emitted.
    unsafe { Entry::new().emit(head, event, 0) }
}
