//! Bounds that the program enforces and that clients may check beforehand.

/// Basis points in a whole.
pub const BPS: u16 = 10_000;
/// Most that all referral levels may take together, basis points.
pub const MAX_COMMISSION_BPS: u16 = 5_000;
/// Largest tier boost, basis points: doubles the points.
pub const MAX_BOOST_BPS: u16 = 10_000;
/// Largest tier discount, basis points.
pub const MAX_DISCOUNT_BPS: u16 = 5_000;
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
/// Most months in a period.
pub const MAX_PERIOD_MONTHS: u8 = 12;
/// Longest trial, seconds: a year.
pub const MAX_TRIAL_SECS: u32 = 31_536_000;
/// How far ahead a customer may pause a subscription, seconds: a year.
pub const MAX_PAUSE_SECS: u32 = 31_536_000;
/// Shortest epoch in which points are counted together until they expire, seconds.
pub const MIN_POINTS_EPOCH_SECS: u32 = 3_600;
/// Most whole epochs that points live beyond their own: a member has a bucket for each and for
/// their own.
pub const MAX_EXPIRY_EPOCHS: u8 = 3;
/// Shortest stream of a stake pool, seconds: nobody can be there for all of it by chance.
pub const MIN_STREAM_SECS: u32 = 3_600;
/// Longest proof of a voucher: as many vouchers as there are numbers.
pub const MAX_PROOF_LEN: usize = 32;
/// How long after its last accrual a ledger stays open, seconds: a year and a month, in which what
/// was claimed can still be refunded.
pub const LEDGER_QUIET_SECS: u32 = 34_214_400;
