//! A later release migrates the database while this one runs: a column that it adds, with a default,
//! changes nothing here.

use crate::{
    store::{
        accounts::accounts_of,
        receipts::{history, mirror, stored},
    },
    support::{
        client::Api,
        history::GENESIS,
        rows::{
            self, ORG, OTHER, PLAN, SUBSCRIPTION, WALLET, code, key, ledger, member, org, plan,
            subscription,
        },
    },
};
use anyhow::{Context, Result};
use tessera_store::{
    PgConnection, PgPool,
    mirror::{
        accounts,
        cursor::{self, Moment},
        dead_letter::{self, LetterKind, NewLetter},
        keeper::{self, Scope},
        proof,
        receipt::{self, Inserted},
        unsettled::{self, Unsettled},
        walk,
    },
};

/// As the migration of a later release does.
async fn add_columns(mirror: &PgPool) -> Result<()> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> '_sqlx_migrations'",
    )
    .fetch_all(mirror)
    .await?;
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        let alter =
            format!("alter table {table} add column next_release integer not null default 7");
        sqlx::raw_sql(sqlx::AssertSqlSafe(alter))
            .execute(mirror)
            .await?;
    }
    Ok(())
}

/// Reads and writes of every kind, each time with new rows.
async fn all_kinds(conn: &mut PgConnection, byte: u8) -> Result<()> {
    let slot = i64::from(byte);
    let rows = accounts_of(byte, byte.into());
    let found = accounts_of(byte + 1, u64::from(byte) + 1);
    assert_eq!(accounts::upsert(conn, &rows).await?, 15);
    assert_eq!(accounts::all(conn).await?, rows);
    assert_eq!(accounts::differing(conn, &found).await?.len(), 15);
    assert_eq!(accounts::unseen(conn, slot + 1, 10).await?.len(), 15);
    accounts::mark_seen(conn, &rows.addresses()).await?;
    accounts::forget_seen(conn).await?;
    assert_eq!(accounts::close(conn, &[key(OTHER, 1)], slot).await?, 0);

    let mut receipts = history().receipts;
    for receipt in &mut receipts {
        receipt.life = slot;
        receipt.place.slot += 100 * slot;
    }
    let inserted = receipt::insert(conn, &receipts, true).await?;
    let expected = Inserted {
        new: 4,
        ..Inserted::default()
    };
    assert_eq!(inserted, expected);
    let place = receipts[3].place;
    assert_eq!(receipt::at(conn, place).await?, Some([4; 64]));
    let last = stored(conn).await?.pop().context("a receipt")?;
    assert_eq!(last.place(), place);

    let lives = proof::lives(conn, 0, 100).await?;
    assert!(!proof::claims(conn, &lives).await?.is_empty());
    let receipts = proof::unproven(conn, &lives, i64::MAX, 100).await?;
    assert!(!receipts.is_empty());
    proof::note(conn, &[(lives[0], 1, GENESIS)]).await?;
    let of_life = receipt::of_life(conn, lives[0]).await?;
    receipt::set_plans(conn, &[(of_life[0].arrival, Some(key(PLAN, 1)))]).await?;

    let signature = [byte; 64];
    let unlisted = Unsettled {
        signature,
        slot,
        tx_index: 0,
        touched: vec![GENESIS],
    };
    unsettled::add(conn, std::slice::from_ref(&unlisted)).await?;
    assert_eq!(unsettled::unlisted(conn, slot).await?, [unlisted]);
    let stays = unsettled::stays(conn, &[(slot, signature, Some(0))]).await?;
    assert_eq!(stays.len(), 1);
    unsettled::remove_through(conn, slot, &[signature]).await?;
    assert_eq!(
        unsettled::oldest(conn, slot).await?,
        Some((slot, signature))
    );
    unsettled::remove_through(conn, slot, &[]).await?;
    unsettled::mark_stale(conn, &[GENESIS], slot).await?;
    unsettled::mark_unread(conn, slot).await?;
    assert!(!unsettled::stale(conn, 10).await?.is_empty());
    unsettled::fresh(conn, &[GENESIS], slot).await?;
    walk::extend(
        conn,
        slot,
        &signature,
        &signature,
        &[(slot, signature, None)],
    )
    .await?;
    let steps = walk::next(conn, None, 10).await?;
    assert_eq!(steps.len(), 1);
    walk::missed(conn, &steps).await?;
    walk::done(conn, &steps).await?;
    walk::finish_listing(conn, slot).await?;
    let letter = NewLetter {
        kind: LetterKind::Account,
        reason: "unknown".to_owned(),
        bytes: vec![],
        slot,
        signature: None,
        tx_index: None,
        call: None,
        accounts: vec![GENESIS],
    };
    dead_letter::keep(conn, &[letter]).await?;
    assert_eq!(dead_letter::page(conn, 0, 10).await?.len(), 1);

    let moment = Moment { slot, at: slot };
    cursor::complete(conn, moment).await?;
    cursor::settle(conn, moment).await?;
    let cursor = cursor::read(conn).await?.context("a cursor")?;
    assert_eq!((cursor.applied_slot, cursor.final_slot), (slot, slot));
    Ok(())
}

#[tokio::test]
async fn the_index_goes_on_while_the_next_release_adds_columns() -> Result<()> {
    let mirror = mirror().await?;
    // One connection, so that what it has prepared it uses again.
    let mut conn = mirror.pool.acquire().await?;
    all_kinds(&mut conn, 1).await?;
    add_columns(&mirror.pool).await?;
    all_kinds(&mut conn, 2).await?;
    Ok(())
}

#[tokio::test]
async fn the_api_goes_on_while_the_next_release_adds_columns() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    history().store(&api.mirror).await?;
    rows::upsert(conn, &[org(1)]).await?;
    rows::upsert(conn, &[plan(1, 1)]).await?;
    rows::upsert(conn, &[member(1, 1, 1), rows::referred(2, 1, 2, &[1])]).await?;
    rows::upsert(conn, &[subscription(1, 1, 1)]).await?;
    rows::upsert(conn, &[ledger(1, 1, 1, 1)]).await?;
    rows::upsert(conn, &[code(1, 1, 1)]).await?;
    rows::upsert(conn, &[rows::authority(1)]).await?;
    cursor::complete(conn, Moment { slot: 9, at: 4_700 }).await?;
    let [of_org, of_plan, of_wallet, of_subscription] =
        [ORG, PLAN, WALLET, SUBSCRIPTION].map(|kind| key(kind, 1));
    let paths = [
        "/v1/orgs".to_owned(),
        "/v1/plans".to_owned(),
        "/v1/members".to_owned(),
        "/v1/subscriptions".to_owned(),
        "/v1/ledgers".to_owned(),
        "/v1/receipts".to_owned(),
        "/v1/stats".to_owned(),
        format!("/v1/orgs/{of_org}"),
        format!("/v1/plans/{of_plan}"),
        format!("/v1/members/{of_wallet}"),
        format!("/v1/referrals/{of_wallet}"),
        format!("/v1/subscriptions/{of_subscription}"),
    ];
    let mut answers = Vec::new();
    for round in 0..6 {
        if round == 3 {
            add_columns(&api.mirror).await?;
        }
        for (number, path) in paths.iter().enumerate() {
            let mut answer = api.json(path).await?;
            // Time goes on.
            if let Some(index) = answer.get_mut("index") {
                index["lag_secs"].take();
            }
            match answers.get(number) {
                Some(before) => assert_eq!(&answer, before, "{path}"),
                None => answers.push(answer),
            }
        }
        let due = keeper::candidates(conn, &Scope::default(), 4_700, None, 10).await?;
        assert_eq!(due.len(), 1);
    }
    Ok(())
}
