//! Bounds that the program enforces and that clients may check beforehand.

/// Basis points in a whole.
pub const BPS: u16 = 10_000;
/// Most that all referral levels may take together, basis points.
pub const MAX_COMMISSION_BPS: u16 = 5_000;
/// Largest tier boost, basis points: doubles the points.
pub const MAX_BOOST_BPS: u16 = 10_000;
/// Shortest period, seconds.
pub const MIN_PERIOD_SECS: u32 = 3_600;
/// Longest period, seconds: ten years.
pub const MAX_PERIOD_SECS: u32 = 315_360_000;
/// Longest hold on commission, seconds: a year.
pub const MAX_HOLD_SECS: u32 = 31_536_000;
/// Shortest epoch of an issuer's budget, seconds.
pub const MIN_EPOCH_SECS: u32 = 60;
/// Most later periods that can be approved in one signature: one less than what the count of paid
/// ones, which includes the first, can hold.
pub const MAX_APPROVED_PERIODS: u32 = u32::MAX - 1;
