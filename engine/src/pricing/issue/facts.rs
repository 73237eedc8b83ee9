//! What is known of a purchase before it has a price.

use super::Wanted;
use crate::{
    Caller, Engine, Result, network_now,
    pricing::{
        buyer::{Buyer, check_metered, check_org, open_plan},
        price_books,
    },
};
use tessera_domain::{pricing::PriceBook, time::Timestamp};
use tessera_store::{Key, PgConnection, mirror::plan::PlanRow};

/// What is known before there is a price.
pub(super) struct Facts {
    /// The time that deadlines are compared with: by the network's clock for a quote that the chain
    /// judges, by this machine's for any other.
    pub(super) clock: Timestamp,
    pub(super) book: PriceBook,
    pub(super) buyer: Buyer,
    pub(super) plan: Option<PlanRow>,
    pub(super) network: Option<Network>,
}

/// What the chain needs of a quote that it settles.
pub(super) struct Network {
    pub(super) wallet: Key,
    pub(super) cluster_tag: [u8; 8],
    /// None where there is no network to ask: a wallet puts its own in anyway.
    pub(super) blockhash: Option<Key>,
}

impl Facts {
    /// Reads them, before anything is locked: it asks the network.
    pub(super) async fn find(
        engine: &Engine,
        conn: &mut PgConnection,
        caller: &Caller,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Self> {
        let clock = if wanted.is_for_chain() {
            network_now(conn, now).await?
        } else {
            now
        };
        let book = price_books::wanted(conn, None).await?;
        check_metered(caller, &book, &wanted.segment)?;
        let buyer = Buyer::find(conn, caller.org, wanted.wallet).await?;
        let plan = match wanted.plan {
            Some(plan) => Some(open_plan(conn, caller.org, plan, clock).await?),
            None => None,
        };
        let network = match (&plan, wanted.wallet) {
            (Some(_), Some(wallet)) => Some(Network::ask(engine, conn, caller.org, wallet).await?),
            _ => None,
        };
        Ok(Self {
            clock,
            book,
            buyer,
            plan,
            network,
        })
    }
}

impl Network {
    async fn ask(engine: &Engine, conn: &mut PgConnection, org: Key, wallet: Key) -> Result<Self> {
        let row = check_org(engine, conn, org).await?;
        let blockhash = match &engine.blockhashes {
            Some(blockhashes) => blockhashes.latest().await,
            None => None,
        };
        Ok(Self {
            wallet,
            cluster_tag: row.cluster_tag,
            blockhash: blockhash.map(|hash| Key(hash.to_bytes())),
        })
    }
}
