//! Receipts, in chain order.

use crate::{
    Key, Result,
    mirror::receipt::{Body, Place, ReceiptRow},
    read::Page,
};
use sqlx::PgConnection;

/// Which receipts are listed; all of them by default.
#[derive(Debug, Clone, Default)]
pub struct ReceiptFilter {
    /// Of this account.
    pub account: Option<Key>,
    /// Of this wallet's members, codes, subscriptions, invoices, ledgers, claims and stakes.
    pub wallet: Option<Key>,
    /// Of this org and all that belongs to it.
    pub org: Option<Key>,
    /// With this name in the IDL.
    pub kind: Option<String>,
    /// From this slot on.
    pub from_slot: Option<i64>,
    /// Up to and including this slot.
    pub to_slot: Option<i64>,
}

/// A page of receipts.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &ReceiptFilter,
    page: Page<Place>,
) -> Result<Vec<ReceiptRow>> {
    let Some(org) = filter.org else {
        return list_of(conn, filter, None, page).await;
    };
    // For one life, an index has the receipts in the requested order.
    let lives = sqlx::query_scalar!("select id from life where address = $1", org as _)
        .fetch_all(&mut *conn)
        .await?;
    let mut receipts = Vec::new();
    for life in lives {
        receipts.extend(list_of(&mut *conn, filter, Some(life), page).await?);
    }
    receipts.sort_by_key(ReceiptRow::place);
    receipts.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    Ok(receipts)
}

/// The receipts of a page that concern this life of an org.
async fn list_of(
    conn: &mut PgConnection,
    filter: &ReceiptFilter,
    org_life: Option<i32>,
    page: Page<Place>,
) -> Result<Vec<ReceiptRow>> {
    let after = page.after;
    Ok(sqlx::query_as!(
        ReceiptRow,
        r#"select receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.inner_ix,
                  receipt.signature as "signature: [u8; 64]", receipt.kind::text as "kind!",
                  life.address as "account: Key", life.life, receipt.seq, receipt.at,
                  receipt.body as "body: Body",
                  org.address as "org?: Key", plan.address as "plan?: Key", life.wallet as "wallet: Key"
           from receipt
           join life on life.id = receipt.life_id
           left join life org on org.id = receipt.org_id
           left join life plan on plan.id = receipt.plan_id
           where ($1::pubkey is null
                  or receipt.life_id = any(array(select id from life where address = $1)))
             and ($2::pubkey is null
                  or receipt.life_id = any(array(
                         select id from life where wallet = $2
                         union
                         select id from life join code using (address) where code.owner = $2)))
             and ($3::integer is null or receipt.org_id = $3)
             and ($4::text is null or receipt.kind = $4::text::receipt_kind)
             and ($5::bigint is null or receipt.slot >= $5)
             and ($6::bigint is null or receipt.slot <= $6)
             and ($7::bigint is null
                  or (receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.inner_ix)
                     > ($7, $8, $9, $10))
           order by receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.inner_ix
           limit $11"#,
        filter.account as _,
        filter.wallet as _,
        org_life,
        filter.kind,
        filter.from_slot,
        filter.to_slot,
        after.map(|it| it.slot),
        after.map(|it| it.tx_index),
        after.map(|it| it.outer_ix),
        after.map(|it| it.inner_ix),
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
