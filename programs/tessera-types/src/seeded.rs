//! Faults that a test switches on, to see that the other tests find each of them.
//!
//! Law: the program that is deployed has none of this. Without the feature `seeded-bugs` the
//! question is answered when it is compiled, and nothing of a fault is left. With it one byte of
//! the compiled program says which fault it has, so one build serves for all.

/// A fault, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// One more period than was approved can be collected.
    ExtraPeriod = 1,
    /// Commission can be claimed without its hold.
    SkippedHold = 2,
    /// A part in basis points is rounded up.
    RoundedUp = 3,
    /// Points are spent without the wallet's signature.
    MissingSigner = 4,
    /// A payment goes without a level's ledger, and the merchant gets its share.
    OmittedLedger = 5,
    /// A voucher is not marked as claimed.
    DoubleClaim = 6,
    /// A subscription is charged under a later approval than its own.
    StaleGeneration = 7,
    /// A month after 31 January is 3 March.
    MonthOverflow = 8,
}

impl Bug {
    /// Every fault, by rising number.
    pub const ALL: &'static [Self] = &[
        Self::ExtraPeriod,
        Self::SkippedHold,
        Self::RoundedUp,
        Self::MissingSigner,
        Self::OmittedLedger,
        Self::DoubleClaim,
        Self::StaleGeneration,
        Self::MonthOverflow,
    ];

    /// What stands once in the compiled program, right before the byte with a fault's number; the
    /// byte is 0 when it is built, which is no fault.
    pub const MARKER: &'static [u8; 15] = b"seeded bug no. ";
}

#[cfg(feature = "seeded-bugs")]
static CHOSEN: [u8; 16] = *b"seeded bug no. \0";

/// Whether this program has the fault.
#[cfg(feature = "seeded-bugs")]
#[inline(never)]
pub fn seeded(bug: Bug) -> bool {
    // SAFETY: a byte of a static. The compiler must not take it for the 0 that it was built with.
    let chosen = unsafe { core::ptr::read_volatile(&raw const CHOSEN[Bug::MARKER.len()]) };
    chosen == bug as u8
}

/// Whether this program has the fault.
#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub const fn seeded(_: Bug) -> bool {
    false
}
