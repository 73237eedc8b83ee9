//! Refunds, invoices, points, vouchers, stakes, what an org changes and what closes: refusals first,
//! and what is written last.

mod authority;
mod billed;
mod campaign;
mod claim_by_number;
mod claim_by_wallet;
mod claim_voucher;
mod closable;
mod close;
mod close_in_use;
mod close_org;
mod close_vaults;
mod closing;
mod code;
mod config;
mod expiring;
pub(crate) mod given;
mod harvest;
mod idl;
mod invoice_paid;
mod issuer;
mod org;
mod pay_invoice;
mod points;
mod points_model;
mod pool;
pub(crate) mod pools;
mod prefunded;
mod refund;
mod refund_books;
mod refundable;
mod release;
mod stake;
mod stake_shares;
mod sunset_plan;
mod support;
mod tiers;
