//! Payments to an organisation, read from the mirror's receipts and never from the event log.

use crate::{Key, Result, StoreError, U64, mirror::plan::stored_period};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tessera_domain::{
    analytics::{
        recurring_revenue::{Address, Payment, WalletReceipts, WalletRevenue},
        succession::Grace,
    },
    exchange::{Rates, Worth},
    time::Timestamp,
};

/// A mint that the organisation's plans take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mint {
    /// The mint's address.
    pub address: Key,
    /// Digits after the point of a whole token.
    pub decimals: u8,
}

/// The mints of all plans, ended ones too, by address.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn mints(conn: &mut PgConnection) -> Result<Vec<Mint>> {
    let rows = sqlx::query!(
        r#"select distinct plan.mint as "mint: Key", plan.decimals
           from plan join engine.organisation on organisation.org = plan.org
           where organisation.id = engine.current_organisation() order by plan.mint"#,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Mint {
                address: row.mint,
                decimals: row.decimals.try_into().map_err(unreadable)?,
            })
        })
        .collect()
}

/// What each mint that has a rate is worth.
pub fn worth(mints: &[Mint], rates: &Rates) -> BTreeMap<Address, Worth> {
    let known = mints.iter().filter_map(|mint| {
        let worth = rates.worth(&mint.address.to_string(), mint.decimals)?;
        Some((mint.address.0, worth))
    });
    known.collect()
}

/// The recurring revenue of each wallet from its payments and cancellations before `until`, in the
/// order of wallets. A payment includes the credit of a change of plan, which was paid earlier.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn by_wallet(
    conn: &mut PgConnection,
    until: Timestamp,
    grace: Grace,
) -> Result<Vec<WalletRevenue>> {
    let mut wallets = paid(conn, until).await?;
    for (wallet, subscription, at) in cancelled(conn, until).await? {
        wallets.entry(wallet).or_default().cancel(subscription, at);
    }
    Ok(wallets.values().map(|it| it.revenue(grace)).collect())
}

/// The payments of each wallet for its subscriptions.
async fn paid(
    conn: &mut PgConnection,
    until: Timestamp,
) -> Result<BTreeMap<Address, WalletReceipts>> {
    let mut rows = sqlx::query!(
        r#"select payer.wallet as "wallet!: Key", payer.address as "subscription: Key",
                  payer.mint as "mint!: Key", charge.at,
                  (charge.debit + charge.credit)::u64 as "paid!: U64",
                  coalesce(plan.period_secs, charge.paid_through - charge.period_start) as "secs!",
                  coalesce(plan.period_months, 0::smallint) as "months!", charge.paid_through,
                  receipt.kind = 'Subscribed' as "begins!"
           from engine.organisation
           join life org on org.address = organisation.org
           join charge on charge.org_id = org.id
           join receipt using (arrival)
           join life payer on payer.id = charge.life_id
           left join life plan_life on plan_life.id = receipt.plan_id
           left join plan on plan.address = plan_life.address
           where organisation.id = engine.current_organisation()
             and charge.slot <= (select final_slot from cursor)
             and payer.kind = 'Subscription' and payer.wallet is not null and payer.mint is not null
             and to_timestamp(charge.at) < $1"#,
        DateTime::<Utc>::from(until),
    )
    .fetch(conn);
    let mut wallets = BTreeMap::<Address, WalletReceipts>::new();
    while let Some(row) = rows.try_next().await? {
        // Time that lasts nothing is paid for by nothing.
        let Some(period) = stored_period(row.secs, row.months) else {
            continue;
        };
        let payment = Payment {
            wallet: row.wallet.0,
            subscription: row.subscription.0,
            mint: row.mint.0,
            at: Timestamp::from_secs(row.at),
            amount: row.paid.0,
            period,
            paid_through: Timestamp::from_secs(row.paid_through),
            begins: row.begins,
        };
        wallets.entry(payment.wallet).or_default().insert(&payment);
    }
    Ok(wallets)
}

/// Which wallet cancelled which subscription, and when.
async fn cancelled(
    conn: &mut PgConnection,
    until: Timestamp,
) -> Result<Vec<(Address, Address, Timestamp)>> {
    let rows = sqlx::query!(
        r#"select payer.wallet as "wallet!: Key", payer.address as "subscription: Key", receipt.at
           from engine.organisation
           join life org on org.address = organisation.org
           join receipt on receipt.org_id = org.id
           join life payer on payer.id = receipt.life_id
           where organisation.id = engine.current_organisation()
             and receipt.slot <= (select final_slot from cursor)
             and receipt.kind = 'Cancelled' and payer.wallet is not null
             and to_timestamp(receipt.at) < $1"#,
        DateTime::<Utc>::from(until),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.wallet.0,
                row.subscription.0,
                Timestamp::from_secs(row.at),
            )
        })
        .collect())
}

/// Payments of wallets in one mint, in its smallest unit, or in all of them, in dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReceiptSums {
    /// Address of the mint; none for all.
    pub mint: Option<Key>,
    /// Wallets whose first payment, whatever the mint, is in this one and lies in the period.
    pub new_customers: i64,
    /// Wallets that paid before the period's end.
    pub customers: i64,
    /// What the merchant received from them, less what it paid back.
    pub net: rust_decimal::Decimal,
    /// Sample variance of the net amount over wallets; none with fewer than two.
    pub net_variance: Option<f64>,
    /// Referral commission booked by the period's charges.
    pub commission: rust_decimal::Decimal,
}

/// Sums of the payments before `until` by mint, and of the part from `from` on; and last of all mints
/// together, by the dollars that a smallest unit of each is worth. Mints without a payment are left
/// out, and those without a worth in the last.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn sums(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
    worth: &[(Key, rust_decimal::Decimal)],
) -> Result<Vec<ReceiptSums>> {
    let (mints, dollars): (Vec<Key>, Vec<_>) = worth.iter().copied().unzip();
    Ok(sqlx::query_as!(
        ReceiptSums,
        r#"with payment as (
               select payer.wallet::bytea as wallet, payer.mint::bytea as mint,
                      to_timestamp(charge.at) as at, charge.merchant,
                      charge.debit - charge.merchant - charge.keeper_fee as commission
               from engine.organisation
               join life org on org.address = organisation.org
               join charge on charge.org_id = org.id
               join life payer on payer.id = charge.life_id
               where organisation.id = engine.current_organisation()
                 and charge.slot <= (select final_slot from cursor)
                 and payer.wallet is not null and payer.mint is not null
                 and to_timestamp(charge.at) < $2 and charge.debit > 0
           ), refunded as (
               select payer.wallet::bytea as wallet, payer.mint::bytea as mint,
                      sum(refund.amount - refund.from_vault) as amount
               from engine.organisation
               join life org on org.address = organisation.org
               join refund on refund.org_id = org.id
               join life payer on payer.id = refund.life_id
               where organisation.id = engine.current_organisation()
                 and refund.slot <= (select final_slot from cursor)
                 and payer.wallet is not null and payer.mint is not null
                 and to_timestamp(refund.at) < $2
               group by 1, 2
           ), customer as (
               select mint, wallet, min(at) as first_at,
                      sum(merchant) - coalesce(min(refunded.amount), 0) as net,
                      coalesce(sum(commission) filter (where at >= $1), 0) as commission,
                      row_number() over (partition by wallet order by min(at), mint) = 1 as is_first
               from payment left join refunded using (mint, wallet)
               group by mint, wallet
           ), in_dollars as (
               select min(first_at) as first_at, sum(net * dollars) as net,
                      sum(commission * dollars) as commission
               from customer
               join unnest($3::pubkey[]::bytea[], $4::numeric[]) worth (mint, dollars) using (mint)
               group by wallet
           )
           select mint::pubkey as "mint?: Key",
                  count(*) filter (where is_first and first_at >= $1) as "new_customers!",
                  count(*) as "customers!", sum(net) as "net!",
                  var_samp(net)::double precision as net_variance,
                  sum(commission) as "commission!"
           from customer group by mint
           union all
           select null, count(*) filter (where first_at >= $1), count(*),
                  coalesce(round(sum(net), 9), 0), var_samp(net)::double precision,
                  coalesce(round(sum(commission), 9), 0)
           from in_dollars
           order by 1"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
        &mints as _,
        &dollars,
    )
    .fetch_all(conn)
    .await?)
}

/// The error for a body that the program never writes.
fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    sqlx::Error::Decode(Box::new(error)).into()
}
