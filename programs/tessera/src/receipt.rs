//! Builds a receipt and chains it: `head = sha256(head || event bytes)`. What calls carry the bytes
//! is the law of `tessera_types::carrier`.

use crate::call::{Call, Room};
use anchor_lang::prelude::*;
use core::mem::{MaybeUninit, offset_of};
use solana_sha256_hasher::hashv;
use tessera_types::{
    ID, TesseraError,
    accounts::Header,
    carrier::SELF_CALL,
    events::{EventType, LedgerShare, LedgerShares, Receipt},
};

/// An event where it is hashed and copied from, in one piece.
#[repr(C)]
pub struct Slip<E> {
    discriminator: [u8; 8],
    event: MaybeUninit<E>,
    /// The referral levels' shares; a payment fills as many as it has levels.
    pub shares: MaybeUninit<LedgerShares>,
}

impl<E: EventType> Slip<E> {
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

    /// The next receipt of `account` at `now` (Unix seconds); counts it.
    #[inline(always)]
    pub fn next(&self, header: &mut Header, account: &Address, now: i64) -> Result<Receipt> {
        require!(
            header.receipt_seq < u64::MAX,
            TesseraError::ArithmeticOverflow
        );
        let seq = header.receipt_seq.wrapping_add(1);
        header.receipt_seq = seq;
        Ok(Receipt {
            account: *account,
            life: header.life,
            seq,
            at: now,
        })
    }

    /// Moves the head over `event`, which has no shares, and returns the bytes to be carried.
    #[inline(always)]
    pub fn seal(&mut self, header: &mut Header, event: E) -> &[u8] {
        self.event.write(event);
        // SAFETY: the event is written, and no share is taken.
        unsafe { self.seal_written(header, 0) }
    }

    /// Where the event is written, field by field: copies are what compute units are lost on.
    #[inline(always)]
    pub fn event(&mut self) -> *mut E {
        self.event.as_mut_ptr()
    }

    /// Moves the head over the event and the first `levels` shares, and returns those bytes.
    ///
    /// # Safety
    /// The event and the first `levels` of `shares` are written.
    #[inline(always)]
    pub unsafe fn seal_written(&mut self, header: &mut Header, levels: usize) -> &[u8] {
        let () = Self::CONTIGUOUS;
        let len = offset_of!(Self, shares) + levels * size_of::<LedgerShare>();
        // SAFETY: everything before `shares` is written and without padding, and so are `levels`
        // shares, as the caller promises; `len` stays within `self`.
        let bytes = unsafe { core::slice::from_raw_parts((&raw const *self).cast::<u8>(), len) };
        header.receipt_head = hashv(&[&header.receipt_head, bytes]).to_bytes();
        bytes
    }
}

/// Carries a receipt where no other program is called: this one calls itself.
#[inline(never)]
pub fn carry(bytes: &[u8]) {
    let mut room = Room::new();
    Call::new(&ID, &mut room)
        .u8(SELF_CALL)
        .bytes(bytes)
        .send(&[]);
}
