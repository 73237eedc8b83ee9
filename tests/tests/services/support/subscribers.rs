//! Subscribers of a tenant, as the mirror and the event log have them.

use super::{
    client::do_work,
    history::{History, TRIAL},
    people::ago,
    rows::{self, SUBSCRIPTION, key},
    tenant::Tenant,
};
use anyhow::Result;
use tessera_store::mirror::{
    cursor::{self, Moment},
    subscription::SubscriptionRow,
};
use tessera_types::events::Settlement;

/// So many subscriptions of a wallet each, as the mirror has them, with their first payment.
pub(crate) async fn subscribe(tenant: &Tenant, like: &SubscriptionRow, count: u8) -> Result<()> {
    let mirror = &tenant.api.mirror;
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    history.at = Some(ago(600).secs());
    rows::upsert(&mut *mirror.acquire().await?, &[rows::plan(1, 1)]).await?;
    for number in 1..=count {
        let subscription = SubscriptionRow {
            address: key(SUBSCRIPTION, number),
            wallet: rows::subscription(number, 1, number).wallet,
            ..like.clone()
        };
        let paid = Settlement {
            debit: 10_000,
            merchant: 10_000,
            ..TRIAL
        };
        history.pay(&subscription, paid, &[]);
        rows::upsert(&mut *mirror.acquire().await?, &[subscription]).await?;
    }
    history.store(mirror).await?;
    let applied = Moment {
        slot: 110,
        at: ago(0).secs(),
    };
    cursor::complete(&mut *mirror.acquire().await?, applied).await?;
    do_work(mirror).await?;
    Ok(())
}
