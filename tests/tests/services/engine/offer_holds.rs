//! Places of offers are held by rows that end: what is over costs nothing, and what was paid for stays.

use crate::support::{
    client::do_work,
    database::Mirror,
    history::follow,
    shop::{Customer, Shop, in_secs},
};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use futures::future::try_join_all;
use serde_json::json;
use std::{fs, path::Path, sync::Arc};
use tessera_store::{
    PgConnection, PgPool,
    mirror::cursor::{self, Moment},
    pricing::{offer, offer_hold::Holder},
    tenant,
};
use uuid::Uuid;

/// Quotes of as many wallets, all of them over.
async fn add_quotes_that_ran_out(shop: &Shop, quotes: i64) -> Result<()> {
    let organisation = shop.tenant.organisation().await?.0;
    shop.sql(&format!(
        "insert into engine.quote (id, organisation, wallet, price_book, offer, breakdown, deadline,
                                   created_by, created_at)
         select gen_random_uuid(), {organisation}, sha256(number::text::bytea), 1, 'FEW', '{{}}',
                now() - interval '1 day', 'test', now() - interval '1 day'
         from generate_series(1, {quotes}) number"
    ))
    .await?;
    shop.sql(
        "insert into engine.offer_hold (quote, organisation, offer, holder, signed, expires_at)
         select id, organisation, offer, wallet, false, deadline from engine.quote
         where created_by = 'test'",
    )
    .await
}

/// How many holds there are, and how many of them for good.
async fn holds(mirror: &PgPool) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "select count(*), count(*) filter (where expires_at = 'infinity') from engine.offer_hold",
    )
    .fetch_one(mirror)
    .await?)
}

/// Claims a place as another customer would: how many are taken, and how many rows of quotes and holds
/// were read to know.
async fn claim(shop: &Shop) -> Result<(u64, i64)> {
    let organisation = shop.tenant.organisation().await?;
    let mut transaction = tenant::begin(&shop.tenant.api.mirror, organisation).await?;
    let holder = Holder::of(None, Uuid::nil());
    let before = rows_read(&mut transaction).await?;
    let found = offer::claim(&mut transaction, "FEW", &holder, in_secs(0).into()).await?;
    let read = rows_read(&mut transaction).await? - before;
    transaction.commit().await?;
    Ok((found.context("an offer")?.taken, read))
}

/// Rows of quotes and holds that this connection has read.
async fn rows_read(conn: &mut PgConnection) -> Result<i64> {
    let read = sqlx::query_scalar(
        "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint
         from pg_stat_xact_user_tables
         where schemaname = 'engine' and relname in ('quote', 'offer_hold')",
    );
    Ok(read.fetch_one(conn).await?)
}

async fn judge(shop: &Shop) -> Result<()> {
    do_work(&shop.tenant.api.mirror).await?;
    Ok(())
}

/// The chain has finalized all until now.
async fn finalize(conn: &mut PgConnection) -> Result<()> {
    let now = Moment {
        slot: 200,
        at: in_secs(0).secs(),
    };
    Ok(cursor::settle(conn, now).await?)
}

async fn quoted_nonce(shop: &Shop, buyer: &Customer) -> Result<u64> {
    let quote = shop.quote(buyer, Some("FEW")).await?;
    let nonce = quote["signed"]["nonce"].as_str().context("a nonce")?;
    Ok(nonce.parse()?)
}

#[tokio::test]
async fn a_claim_reads_nothing_of_twenty_thousand_quotes_that_are_over() -> Result<()> {
    let shop = Shop::with_stock(2).await?;
    add_quotes_that_ran_out(&shop, 20_000).await?;
    shop.quote(&shop.customer().await?, Some("FEW")).await?;
    // Claims clear a little on their way, and no more: others wait for their lock.
    let mirror = &shop.tenant.api.mirror;
    assert_eq!(holds(mirror).await?, (19_901, 0));
    judge(&shop).await?;
    assert_eq!(holds(mirror).await?, (1, 0));
    let (taken, read) = claim(&shop).await?;
    assert_eq!(taken, 1);
    assert!(read <= 10, "{read}");
    Ok(())
}

#[tokio::test]
async fn a_place_that_the_chain_was_paid_for_stays_although_nobody_asked_in_time() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let nonce = quoted_nonce(&shop, &buyer).await?;
    shop.subscribe_on_chain(&buyer, nonce).await?;
    shop.set_deadline(None, -86_400).await?;
    let mirror = &shop.tenant.api.mirror;
    finalize(&mut *mirror.acquire().await?).await?;
    judge(&shop).await?;
    assert_eq!(holds(mirror).await?, (1, 1));
    // Also while the mirror is filled again, and does not have the charge yet.
    shop.sql("delete from receipt").await?;
    assert_eq!(shop.taken().await?, json!([1, 0]));
    let refused = shop.ask(&other, Some("FEW")).await?;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()?["errors"][0]["code"], "sold_out");
    Ok(())
}

#[tokio::test]
async fn a_place_is_not_freed_while_the_mirror_lacks_receipts_of_who_holds_it() -> Result<()> {
    let shop = Shop::with_stock(2).await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let nonce = quoted_nonce(&shop, &buyer).await?;
    // The account was read, and says that there is a receipt; no node has shown it yet.
    shop.subscribe_on_chain(&buyer, nonce).await?;
    shop.sql("delete from receipt").await?;
    shop.quote(&other, Some("FEW")).await?;
    shop.set_deadline(None, -86_400).await?;
    let mirror = &shop.tenant.api.mirror;
    finalize(&mut *mirror.acquire().await?).await?;
    judge(&shop).await?;
    assert_eq!(holds(mirror).await?, (1, 0));
    assert_eq!(shop.taken().await?, json!([1, 1]));
    shop.quote(&other, Some("FEW")).await?;
    assert_eq!(holds(mirror).await?, (2, 0));
    // It is found.
    shop.subscribe_on_chain(&buyer, nonce).await?;
    judge(&shop).await?;
    assert_eq!(holds(mirror).await?, (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_claim_keeps_the_place_that_it_finds_paid_for() -> Result<()> {
    let shop = Shop::with_stock(2).await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let nonce = quoted_nonce(&shop, &buyer).await?;
    shop.subscribe_on_chain(&buyer, nonce).await?;
    shop.set_deadline(None, -180).await?;
    let mirror = &shop.tenant.api.mirror;
    finalize(&mut *mirror.acquire().await?).await?;
    shop.quote(&other, Some("FEW")).await?;
    assert_eq!(holds(mirror).await?, (2, 1));
    assert_eq!(shop.taken().await?, json!([2, 0]));
    Ok(())
}

#[tokio::test]
async fn a_hold_is_judged_by_what_the_chain_has_finalized_and_not_before() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let buyer = shop.customer().await?;
    let nonce = quoted_nonce(&shop, &buyer).await?;
    let mirror = shop.tenant.api.mirror.clone();
    let mut conn = mirror.acquire().await?;
    follow(&mut conn).await?;
    let applied = Moment {
        slot: 10,
        at: in_secs(0).secs(),
    };
    cursor::complete(&mut conn, applied).await?;
    shop.set_deadline(None, -180).await?;
    judge(&shop).await?;
    assert_eq!(
        (holds(&mirror).await?, shop.taken().await?),
        ((1, 0), json!([0, 1]))
    );
    // On the fork that stays, the quote was used.
    shop.subscribe_on_chain(&buyer, nonce).await?;
    judge(&shop).await?;
    assert_eq!(
        (holds(&mirror).await?, shop.taken().await?),
        ((1, 0), json!([1, 0]))
    );
    // On the one after it, it was not.
    shop.sql("delete from receipt").await?;
    shop.sql("delete from subscription").await?;
    finalize(&mut conn).await?;
    judge(&shop).await?;
    assert_eq!(
        (holds(&mirror).await?, shop.taken().await?),
        ((0, 0), json!([0, 1]))
    );
    Ok(())
}

#[tokio::test]
async fn claims_at_the_same_time_never_exceed_the_stock_while_holds_come_and_go() -> Result<()> {
    const PLACES: i64 = 3;
    let shop = Arc::new(Shop::with_stock(PLACES).await?);
    let mirror = &shop.tenant.api.mirror;
    let customers = try_join_all((0..8).map(|_| shop.customer())).await?;
    let mut claims = tokio::task::JoinSet::new();
    for (number, customer) in customers.into_iter().enumerate() {
        let shop = shop.clone();
        // One in four is accepted by the sales team, if the place is still there.
        claims.spawn(async move { ask_again_and_again(&shop, &customer, number % 4 == 0).await });
    }
    let mut most = 0;
    while !claims.is_empty() {
        while let Some(done) = claims.try_join_next() {
            done??;
        }
        // A customer's time is over, early or late; the housekeeping meets the claims.
        shop.sql(
            "update engine.offer_hold set expires_at = now() - interval '1 hour'
             where quote = (select quote from engine.offer_hold where expires_at < 'infinity'
                            order by random() limit 1)",
        )
        .await?;
        judge(&shop).await?;
        let held: i64 = sqlx::query_scalar(
            "select count(distinct holder) from engine.offer_hold
             where expires_at > now() - interval '2 minutes'",
        )
        .fetch_one(mirror)
        .await?;
        ensure!(held <= PLACES, "{held} hold one of {PLACES} places");
        most = most.max(held);
    }
    assert_eq!(most, PLACES, "the places were never all taken");
    Ok(())
}

async fn ask_again_and_again(shop: &Shop, customer: &Customer, accepted: bool) -> Result<()> {
    let body = json!({ "segment": "individual", "quantity": 1, "offer": "FEW" });
    for _ in 0..7 {
        let answer = shop.post_as(customer, "/v1/quotes", &body).await?;
        if answer.status != StatusCode::CREATED {
            ensure!(
                answer.json()?["errors"][0]["code"] == "sold_out",
                "{answer:?}"
            );
            continue;
        }
        if accepted {
            let quote = answer.json()?;
            let path = format!("/v1/quotes/{}/accept", quote["id"].as_str().context("id")?);
            let answer = shop.tenant.post(&path, &json!({})).await?;
            let known = [StatusCode::OK, StatusCode::CONFLICT];
            ensure!(known.contains(&answer.status), "{answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_was_held_before_holds_were_rows_is_held_by_rows() -> Result<()> {
    let mirror = Mirror::create().await?;
    let run = async |sql: String| {
        let sql = sqlx::AssertSqlSafe(sql);
        sqlx::raw_sql(sql).execute(&mirror.pool).await.map(|_| ())
    };
    run("drop schema engine cascade; drop schema public cascade; create schema public".to_owned())
        .await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let holds = files
        .iter()
        .position(|file| file.ends_with("0011_offer_holds.sql"))
        .context("the migration")?;
    for file in &files[..holds] {
        run(fs::read_to_string(file)?).await?;
    }
    run(
        "insert into engine.organisation (org, name) values (sha256('org'), 'Shop');
         insert into engine.offer (organisation, code, body, stock, created_by, published_at)
         values (1, 'FEW', '{}', 9, 'test', now());
         insert into cursor (genesis, final_at)
         values (sha256('genesis'), extract(epoch from now() - interval '10 minutes'))"
            .to_owned(),
    )
    .await?;
    for (name, offer, signed, accepted, secs) in [
        ("over", true, false, false, -180),
        ("late", true, false, false, -60),
        ("good", true, false, false, 60),
        ("accepted", true, false, true, -86_400),
        ("not offered", false, false, true, 60),
        ("final", true, true, true, -86_400),
        ("not final", true, true, false, -180),
        ("signed", true, true, false, 60),
    ] {
        run(format!(
            "insert into engine.quote (id, organisation, wallet, price_book, offer, breakdown, deadline,
                 created_by, created_at, accepted_at, signer, signature, cluster_tag, nonce,
                 most_periods)
             select gen_random_uuid(), 1, case when '{name}' <> 'good' then sha256('{name}') end, 1,
                    case when {offer} then 'FEW' end, '{{}}', now() + interval '{secs} s',
                    '{name}', now(), case when {accepted} then now() end, it.*
             from (select sha256('a'), sha256('a') || sha256('a'), '\\x0102030405060708'::bytea, 1, 12
                   where {signed}) it
             right join (select) one on true"
        ))
        .await?;
    }
    run(fs::read_to_string(&files[holds])?).await?;
    let held: Vec<(String, bool, bool)> = sqlx::query_as(
        "select created_by, hold.expires_at = 'infinity',
                holder = coalesce(wallet, uuid_send(id)) and signed = (signature is not null)
                    and (hold.expires_at in (deadline, 'infinity'))
         from engine.offer_hold hold join engine.quote on quote.id = hold.quote order by 1",
    )
    .fetch_all(&mirror.pool)
    .await?;
    let expected = [
        ("accepted", true),
        ("good", false),
        ("late", false),
        ("not final", false),
        ("signed", false),
    ];
    let expected = expected.map(|(name, kept)| (name.to_owned(), kept, true));
    assert_eq!(held, expected);
    Ok(())
}
