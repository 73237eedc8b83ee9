//! A business and its customers, played with real keys on a network whose clock can be moved.
//!
//! Everything happens through transactions that a wallet could send, and through the API as anybody
//! asks it; only the clock and the first lamports come from the network itself. The same number of
//! wallets plays the same story.

mod business;
mod config;
mod customer;
mod engine;
mod money;
mod sales;
mod site;
mod story;
mod visitors;

pub mod wallet;

pub use business::{Business, PLANS, PlanTerms, Vouchers};
pub use config::configure;
pub use customer::Customer;
pub use engine::{open_organisation, quote_authority};
pub use money::{DECIMALS, amount, units};
pub use sales::{BUYERS, Sales};
pub use site::Site;
pub use story::Story;
pub(crate) use story::tell;

/// The time by this machine's clock, Unix seconds.
pub fn present() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A clock that the story may move.
pub trait Calendar: Send + Sync {
    /// Moves the network's clock forward by `secs` and returns where it then stands.
    fn advance(&self, secs: u32) -> impl Future<Output = anyhow::Result<i64>> + Send;

    /// Moves it forward to `target`, Unix seconds, unless it is past that, and returns where it stands.
    fn advance_to(&self, target: i64) -> impl Future<Output = anyhow::Result<i64>> + Send;
}

impl Calendar for tessera_localnet::Network {
    async fn advance(&self, secs: u32) -> anyhow::Result<i64> {
        Ok(Self::advance(self, secs).await?)
    }

    async fn advance_to(&self, target: i64) -> anyhow::Result<i64> {
        Ok(Self::advance_to(self, target).await?)
    }
}
