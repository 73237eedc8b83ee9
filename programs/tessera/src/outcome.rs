//! What instructions return.
//!
//! Law: a refusal is one of the program's own codes, and success is a zero, so that either fits a
//! register and one comparison distinguishes them; nothing else ends an instruction but a refusal by a
//! program that it calls.

use anchor_lang::{
    address_eq,
    prelude::{Address, ProgramError},
};
use core::num::NonZeroU64;
use tessera_types::{NO_ADDRESS, TesseraError};

/// What came of it, or the refusal.
pub type Result<T> = core::result::Result<T, Refusal>;

/// The code of a [`TesseraError`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Refusal(NonZeroU64);

impl Refusal {
    /// The code that the runtime receives.
    pub fn code(self) -> u64 {
        self.0.get()
    }
}

impl From<TesseraError> for Refusal {
    #[inline(always)]
    fn from(refusal: TesseraError) -> Self {
        // SAFETY: codes begin at 6000.
        Self(unsafe { NonZeroU64::new_unchecked(refusal as u64) })
    }
}

impl From<Refusal> for ProgramError {
    fn from(refusal: Refusal) -> Self {
        Self::Custom(refusal.code() as u32)
    }
}

/// Refuses with the second argument unless the first holds.
macro_rules! require {
    ($condition:expr, $refusal:expr $(,)?) => {
        if !$condition {
            return Err($refusal.into());
        }
    };
}
pub(crate) use require;

/// Refuses unless the two are the same address; out of line, where a comparison in place would be
/// four times as long.
#[inline(always)]
pub fn require_same(found: &Address, expected: &Address, refusal: TesseraError) -> Result<()> {
    require_same_or(found, expected, refusal.into())
}

#[inline(never)]
fn require_same_or(found: &Address, expected: &Address, refusal: Refusal) -> Result<()> {
    if !address_eq(found, expected) {
        return Err(refusal);
    }
    Ok(())
}

/// Whether it is the absent address, out of line.
#[inline(never)]
pub fn is_absent(address: &Address) -> bool {
    address_eq(address, &NO_ADDRESS)
}

/// Whether the two are the same address, out of line.
#[inline(never)]
pub fn same(found: &Address, expected: &Address) -> bool {
    address_eq(found, expected)
}
