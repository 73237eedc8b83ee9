//! Refunds, invoices, points, vouchers, stakes, what an org changes and what closes: refusals first,
//! and what is written last.

#[path = "rewards/authority.rs"]
mod authority;
#[path = "rewards/billed.rs"]
mod billed;
#[path = "rewards/books.rs"]
mod books;
#[path = "rewards/campaign.rs"]
mod campaign;
#[path = "rewards/claim_by_number.rs"]
mod claim_by_number;
#[path = "rewards/claim_by_wallet.rs"]
mod claim_by_wallet;
#[path = "rewards/claim_voucher.rs"]
mod claim_voucher;
#[path = "rewards/closable.rs"]
mod closable;
#[path = "rewards/close.rs"]
mod close;
#[path = "rewards/close_in_use.rs"]
mod close_in_use;
#[path = "rewards/close_org.rs"]
mod close_org;
#[path = "rewards/close_vaults.rs"]
mod close_vaults;
#[path = "rewards/closing.rs"]
mod closing;
#[path = "rewards/code.rs"]
mod code;
#[path = "rewards/config.rs"]
mod config;
#[path = "rewards/expiring.rs"]
mod expiring;
#[path = "rewards/given.rs"]
mod given;
#[path = "rewards/harvest.rs"]
mod harvest;
#[path = "rewards/idl.rs"]
mod idl;
#[path = "rewards/invoice_paid.rs"]
mod invoice_paid;
#[path = "rewards/issuer.rs"]
mod issuer;
#[path = "rewards/org.rs"]
mod org;
#[path = "rewards/pay_invoice.rs"]
mod pay_invoice;
#[path = "rewards/points.rs"]
mod points;
#[path = "rewards/points_model.rs"]
mod points_model;
#[path = "rewards/pool.rs"]
mod pool;
#[path = "rewards/pools.rs"]
mod pools;
#[path = "rewards/prefunded.rs"]
mod prefunded;
#[path = "rewards/refund.rs"]
mod refund;
#[path = "rewards/refund_books.rs"]
mod refund_books;
#[path = "rewards/refundable.rs"]
mod refundable;
#[path = "rewards/release.rs"]
mod release;
#[path = "rewards/stake.rs"]
mod stake;
#[path = "rewards/stake_shares.rs"]
mod stake_shares;
#[path = "rewards/sunset_plan.rs"]
mod sunset_plan;
#[path = "rewards/support.rs"]
mod support;
#[path = "rewards/tiers.rs"]
mod tiers;
