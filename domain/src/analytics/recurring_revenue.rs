//! Monthly recurring revenue (MRR) and what moved it, from receipts alone.
//!
//! - A subscription counts from a payment until the time that its latest payment paid for ends, with
//!   that payment's amount for a month: a year's is a twelfth, a week's 365.25 / 12 / 7 times as
//!   much. Nothing is counted that no receipt shows: an invoice that is merely due, or a grace time,
//!   is no revenue.
//! - A cancelled subscription counts until its paid time ends. Some billing products recognise churn
//!   at the cancellation instead, up to a period earlier.
//! - A wallet that cancels and signs another subscription within a grace changed plans: the old one
//!   counts until the new one is paid for, so the change is an expansion or a contraction in the month
//!   of that payment and nothing else ([`super::succession`]).
//! - A movement compares two moments only, the last instant before a period and the last instant in
//!   it. What a wallet ends and resumes in between, such as a renewal that is paid late, is no
//!   movement. A renewal that is late across a boundary is churn in the one period and reactivation
//!   in the next.
//! - Receipts from the period's end on change nothing, so a period that is over keeps its figures;
//!   but for a change of plan that began in it and is signed within the grace after it.
//! - The customer is the wallet, whatever it pays in: a second subscription is expansion, the end of
//!   one of two is contraction, in another mint too.
//!
//! The law, to the smallest unit:
//! opening + new + expansion + reactivation - contraction - churn = closing.

mod amount;
mod months;
mod movement;
mod period;
mod wallet;

pub use amount::MonthlyAmount;
pub use months::{Month, MonthError, dollar_series, monthly_series};
pub use movement::{Movement, Movements, WalletCounts};
pub use period::{Period, PeriodError};
pub use wallet::{Address, Payment, WalletReceipts, WalletRevenue, by_wallet};
