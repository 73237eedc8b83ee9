//! Builds a receipt and chains it: `head = sha256(head || event bytes)`. What calls carry the bytes
//! is the law of `tessera_types::carrier`.

use crate::{
    call::{Call, Room, copy},
    outcome::{Result, require},
};
use anchor_lang::prelude::Address;
use bytemuck::Pod;
use core::{
    mem::{MaybeUninit, offset_of},
    slice::from_raw_parts,
};
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

/// Writes every field of a slip's event but the receipt, and those that are written already, one by
/// one: copies are what compute units are lost on.
macro_rules! note {
    ($slip:ident: $event:ident { $($field:ident: $value:expr,)* } $(but $written:ident)?) => {
        let _ = |$event { receipt: _, $($written: _,)? $($field: _),* }: $event| ();
        let event: *mut $event = $slip.event();
        // SAFETY: it points to the slip's own memory.
        unsafe { $($crate::receipt::put(&raw mut (*event).$field, $value);)* }
    };
}
pub(crate) use note;

/// What a field is written with: itself, or a reference to what is long, which a call copies in a
/// fraction of the instructions.
pub trait Note<T> {
    /// # Safety
    /// `to` can be written.
    unsafe fn put(self, to: *mut T);
}

impl<T> Note<T> for T {
    #[inline(always)]
    unsafe fn put(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { to.write(self) };
    }
}

impl<T: Pod> Note<T> for &T {
    #[inline(always)]
    unsafe fn put(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { put_bytes(to.cast(), core::ptr::from_ref(self).cast(), size_of::<T>()) };
    }
}

#[inline(never)]
unsafe fn put_bytes(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { copy(to, from_raw_parts(from, len)) };
}

/// Writes a field of an event.
///
/// # Safety
/// `to` can be written.
#[inline(always)]
pub unsafe fn put<T>(to: *mut T, value: impl Note<T>) {
    // SAFETY: the caller's promise.
    unsafe { value.put(to) };
}

impl<E: EventType> Slip<E> {
    /// `Pod` events have no padding and a multiple of 8 bytes, so the parts follow on each other,
    /// and a receipt is the first of an event.
    const CONTIGUOUS: () =
        assert!(offset_of!(Self, event) == 8 && offset_of!(Self, shares) == 8 + size_of::<E>());

    #[inline(always)]
    pub fn new() -> Self {
        let () = Self::CONTIGUOUS;
        Self {
            discriminator: E::DISCRIMINATOR,
            event: MaybeUninit::uninit(),
            shares: MaybeUninit::uninit(),
        }
    }

    /// Where the event is written, field by field.
    #[inline(always)]
    pub fn event(&mut self) -> *mut E {
        self.event.as_mut_ptr()
    }

    /// Makes the event the next receipt of `account` at `now` (Unix seconds), with the first `levels`
    /// shares, and returns its bytes.
    ///
    /// # Safety
    /// All of the event but its receipt is written, and the first `levels` of `shares` are.
    #[inline(always)]
    pub unsafe fn seal(
        &mut self,
        header: &mut Header,
        account: &Address,
        now: i64,
        levels: usize,
    ) -> Result<&[u8]> {
        // No overflow: at most three.
        let len = offset_of!(Self, shares) + levels.wrapping_mul(size_of::<LedgerShare>());
        let bytes = (&raw mut *self).cast::<u8>();
        // SAFETY: everything before `shares` is written and without padding once the receipt is,
        // and so are `levels` shares, as the caller promises; `len` stays within `self`.
        unsafe {
            stamp(bytes, len, header, account, now)?;
            Ok(from_raw_parts(bytes, len))
        }
    }
}

impl<E: EventType> Slip<E> {
    /// Makes the event the next receipt of `account` at `now` (Unix seconds) and carries it where no
    /// other program is called.
    ///
    /// # Safety
    /// All of the event but its receipt is written.
    #[inline(always)]
    pub unsafe fn leave(&mut self, header: &mut Header, account: &Address, now: i64) -> Result<()> {
        let len = offset_of!(Self, shares);
        // SAFETY: as in `seal`.
        unsafe { leave((&raw mut *self).cast(), len, header, account, now) }
    }
}

/// # Safety
/// As [`stamp`].
#[inline(never)]
unsafe fn leave(
    bytes: *mut u8,
    len: usize,
    header: &mut Header,
    account: &Address,
    now: i64,
) -> Result<()> {
    // SAFETY: the caller's promise; with the receipt all is written.
    unsafe {
        stamp(bytes, len, header, account, now)?;
        carry(from_raw_parts(bytes, len));
    }
    Ok(())
}

/// Writes the receipt into an event's bytes, counts it, and moves the head over them.
///
/// # Safety
/// `bytes` are `len`, and the receipt is the only part that is not written.
#[inline(never)]
pub unsafe fn stamp(
    bytes: *mut u8,
    len: usize,
    header: &mut Header,
    account: &Address,
    now: i64,
) -> Result<()> {
    require!(
        header.receipt_seq < u64::MAX,
        TesseraError::ArithmeticOverflow
    );
    let seq = header.receipt_seq.wrapping_add(1);
    header.receipt_seq = seq;
    // SAFETY: the receipt stands behind the discriminator.
    let bytes = unsafe {
        let receipt = bytes.add(8).cast::<Receipt>();
        (*receipt).account = *account;
        (*receipt).life = header.life;
        (*receipt).seq = seq;
        (*receipt).at = now;
        from_raw_parts(bytes, len)
    };
    header.receipt_head = hashv(&[&header.receipt_head, bytes]).to_bytes();
    Ok(())
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
