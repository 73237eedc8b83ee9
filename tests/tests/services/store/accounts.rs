//! The store's promises about rows, progress and the one writer, against PostgreSQL.

use crate::{
    store::receipts::{history, mirror},
    support::{
        database::Mirror,
        history::GENESIS,
        rows::{self, code, member},
    },
};
use anyhow::{Context, Result};
use solana_address::Address;
use sqlx::Connection;
use tessera_indexer::decode;
use tessera_store::{
    Key, PgConnection, Record, Source, StoreError, U64, WriterLock,
    mirror::{
        accounts::{self, Accounts},
        authority::AuthorityRow,
        campaign::CampaignRow,
        claim::ClaimRow,
        code::CodeRow,
        config::ConfigRow,
        cursor::{self, Moment},
        invoice::InvoiceRow,
        issuer::IssuerRow,
        ledger::LedgerRow,
        member::MemberRow,
        nullifier_page::NullifierPageRow,
        org::OrgRow,
        plan::PlanRow,
        proof, receipt,
        stake_pool::StakePoolRow,
        stake_position::StakePositionRow,
        subscription::SubscriptionRow,
    },
};
use tessera_types::accounts::{
    AccountType, Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Ledger, Member,
    NullifierPage, Org, Plan, Position, StakePool, Subscription,
};

async fn columns<R: Record>(conn: &mut PgConnection) -> Result<()> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select attname::text from pg_attribute join pg_class on pg_class.oid = attrelid
         where relname = $1 and attnum > 0 order by attnum",
    )
    .bind(format!("{}_row", R::TABLE))
    .fetch_all(conn)
    .await?;
    assert_eq!(columns, R::COLUMNS, "{}", R::TABLE);
    Ok(())
}

#[tokio::test]
async fn the_fields_of_every_row_are_those_of_its_type() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    columns::<ConfigRow>(&mut conn).await?;
    columns::<OrgRow>(&mut conn).await?;
    columns::<IssuerRow>(&mut conn).await?;
    columns::<PlanRow>(&mut conn).await?;
    columns::<MemberRow>(&mut conn).await?;
    columns::<CodeRow>(&mut conn).await?;
    columns::<AuthorityRow>(&mut conn).await?;
    columns::<SubscriptionRow>(&mut conn).await?;
    columns::<InvoiceRow>(&mut conn).await?;
    columns::<LedgerRow>(&mut conn).await?;
    columns::<CampaignRow>(&mut conn).await?;
    columns::<NullifierPageRow>(&mut conn).await?;
    columns::<ClaimRow>(&mut conn).await?;
    columns::<StakePoolRow>(&mut conn).await?;
    columns::<StakePositionRow>(&mut conn).await
}

/// An account of each kind with `byte` everywhere but in codes.
pub(crate) fn accounts_of(byte: u8, slot: u64) -> Accounts {
    fn bytes<A: AccountType>(byte: u8) -> Vec<u8> {
        let mut bytes = vec![byte; A::LEN];
        bytes[..8].copy_from_slice(&A::DISCRIMINATOR);
        // No account is of version 0.
        bytes[8] = byte.max(1);
        bytes
    }
    let with_code = |mut bytes: Vec<u8>, text_at: usize| {
        bytes[8 + text_at..][..16].copy_from_slice(b"CODE\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes
    };
    let member_code = std::mem::offset_of!(Member, code);
    let code = std::mem::offset_of!(Code, code);
    [
        bytes::<Config>(byte),
        bytes::<Org>(byte),
        bytes::<Issuer>(byte),
        bytes::<Plan>(byte),
        with_code(bytes::<Member>(byte), member_code),
        with_code(bytes::<Code>(byte), code),
        bytes::<Authority>(byte),
        bytes::<Subscription>(byte),
        bytes::<Invoice>(byte),
        bytes::<Ledger>(byte),
        bytes::<Campaign>(byte),
        bytes::<NullifierPage>(byte),
        bytes::<Claim>(byte),
        bytes::<StakePool>(byte),
        bytes::<Position>(byte),
    ]
    .iter()
    .map(|data| {
        decode::account(Address::new_from_array([8; 32]), slot, Source::Update, data)
            .expect("an account of the program")
    })
    .collect()
}

#[tokio::test]
async fn rows_come_back_as_they_went_in_up_to_the_last_u64() -> Result<()> {
    // Both ways in: as a new row and over another one.
    for bytes in [[0x00, 0xff, 0x01], [0xff, 0x01, 0x00]] {
        let mirror = Mirror::create().await?;
        let mut conn = mirror.pool.acquire().await?;
        for (slot, byte) in bytes.into_iter().enumerate() {
            let rows = accounts_of(byte, slot as u64);
            assert_eq!(accounts::upsert(&mut conn, &rows).await?, 15);
            assert_eq!(accounts::all(&mut conn).await?, rows);
            if byte == 0xff {
                assert_eq!(rows.plan[0].price, U64(u64::MAX));
                assert_eq!(rows.member[0].expiring_points[0], U64(u64::MAX));
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn new_newer_and_older_readings_may_come_together() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let at = |number, slot| MemberRow {
        slot,
        points: U64(slot.unsigned_abs()),
        ..member(number, 1, number)
    };
    let first = [at(1, 5), at(2, 5)];
    assert_eq!(rows::upsert(&mut conn, &first).await?, 2);
    let together = [at(1, 4), at(2, 6), at(3, 6), at(4, 1)];
    assert_eq!(rows::upsert(&mut conn, &together).await?, 3);
    let expected = [at(1, 5), at(2, 6), at(3, 6), at(4, 1)];
    assert_eq!(accounts::all(&mut conn).await?.member, expected);
    Ok(())
}

#[tokio::test]
async fn an_older_reading_never_replaces_a_newer_one() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let at = |slot, points| MemberRow {
        slot,
        points: U64(points),
        ..member(1, 1, 1)
    };
    let address = at(0, 0).address;
    let upsert = async |conn: &mut PgConnection, row| rows::upsert(conn, &[row]).await;
    let stored = async |conn: &mut PgConnection| anyhow::Ok(accounts::all(conn).await?.member);
    assert_eq!(upsert(&mut conn, at(5, 50)).await?, 1);
    assert_eq!(upsert(&mut conn, at(4, 40)).await?, 0);
    assert_eq!(accounts::close(&mut conn, &[address], 4).await?, 0);
    assert_eq!(stored(&mut conn).await?, [at(5, 50)]);

    assert_eq!(upsert(&mut conn, at(5, 55)).await?, 1, "an equal slot wins");
    assert_eq!(accounts::close(&mut conn, &[address], 6).await?, 1);
    assert_eq!(upsert(&mut conn, at(5, 55)).await?, 0, "it stays gone");
    let gone = MemberRow {
        closed: true,
        source: Source::Update,
        ..at(6, 55)
    };
    assert_eq!(stored(&mut conn).await?, [gone]);

    assert_eq!(
        upsert(&mut conn, at(7, 70)).await?,
        1,
        "it was opened again"
    );
    assert_eq!(stored(&mut conn).await?, [at(7, 70)]);
    Ok(())
}

#[tokio::test]
async fn only_another_content_of_an_older_row_differs() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let row = |number, slot, created_at| CodeRow {
        slot,
        created_at,
        ..code(number, 1, 1)
    };
    let stored = [row(1, 5, 1), row(2, 5, 1), row(3, 9, 1), row(4, 9, 1)];
    rows::upsert(&mut conn, &stored).await?;
    let found = Accounts {
        code: vec![row(1, 6, 1), row(2, 6, 2), row(3, 6, 2), row(5, 6, 1)],
        ..Accounts::default()
    };
    let addresses = found.addresses();
    let mut differing = accounts::differing(&mut conn, &found).await?;
    differing.sort_unstable();
    assert_eq!(differing, [addresses[1], addresses[3]]);

    accounts::mark_seen(&mut conn, &addresses[1..]).await?;
    accounts::mark_seen(&mut conn, &addresses[2..]).await?;
    assert_eq!(
        accounts::unseen(&mut conn, 6, 10).await?,
        [addresses[0]],
        "what was read later need not be seen"
    );
    accounts::forget_seen(&mut conn).await?;
    assert_eq!(accounts::unseen(&mut conn, 6, 10).await?.len(), 2);
    assert_eq!(accounts::unseen(&mut conn, 6, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_cursor_never_moves_back_and_is_of_one_network() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    assert_eq!(cursor::read(&mut conn).await?, None);
    let begun = cursor::init(&mut conn, GENESIS, 7).await?;
    assert_eq!((begun.genesis, begun.followed_slot), (GENESIS, 7));
    let at = |slot, at| Moment { slot, at };
    cursor::complete(&mut conn, at(12, 1_000)).await?;
    cursor::complete(&mut conn, at(11, 1_001)).await?;
    cursor::settle(&mut conn, at(10, 900)).await?;
    cursor::settle(&mut conn, at(9, 901)).await?;
    cursor::settle(&mut conn, at(11, 899)).await?;
    let stands = cursor::init(&mut conn, GENESIS, 9).await?;
    assert_eq!(
        (
            stands.applied_slot,
            stands.applied_at,
            stands.final_slot,
            stands.final_at
        ),
        (12, 1_001, 11, 900)
    );
    assert_eq!((stands.filling, stands.followed_slot), (begun.filling, 7));
    let refusal = cursor::init(&mut conn, Key([2; 32]), 7).await;
    assert!(matches!(refusal, Err(StoreError::OtherGenesis { .. })));
    Ok(())
}

#[tokio::test]
async fn who_fills_another_mirror_is_fenced_out() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let before = cursor::init(&mut conn, GENESIS, 7).await?.filling;
    cursor::fence(&mut conn, before).await?;
    sqlx::query("delete from cursor")
        .execute(&mut *conn)
        .await?;
    let gone = cursor::fence(&mut conn, before).await;
    assert!(matches!(gone, Err(StoreError::Fenced)));
    let now = cursor::init(&mut conn, GENESIS, 7).await?.filling;
    let other = cursor::fence(&mut conn, before).await;
    assert!(matches!(other, Err(StoreError::Fenced)));
    Ok(cursor::fence(&mut conn, now).await?)
}

#[tokio::test]
async fn what_a_writer_does_is_planned_for_the_tables_as_they_are() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let filling = cursor::read(&mut conn).await?.context("a cursor")?.filling;
    let rows: Vec<MemberRow> = (0..20).map(|number| member(number, 1, number)).collect();
    let receipts = history().receipts;
    // The server looks at a kept plan from the sixth time on.
    for _ in 0..12 {
        let mut transaction = conn.begin().await?;
        cursor::fence(&mut transaction, filling).await?;
        rows::upsert(&mut transaction, &rows).await?;
        receipt::insert(&mut transaction, &receipts, true).await?;
        transaction.commit().await?;
        let lives = proof::lives(&mut conn, 0, 100).await?;
        proof::claims(&mut conn, &lives).await?;
    }
    let kept: Vec<String> = sqlx::query_scalar(
        "select statement from pg_prepared_statements
         where generic_plans > 0 and statement like '%lateral%'
           and statement not like '%pg_prepared_statements%'",
    )
    .fetch_all(&mut *conn)
    .await?;
    assert_eq!(kept, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn one_writer_holds_the_lock_until_it_lets_go() -> Result<()> {
    let mirror = Mirror::create().await?;
    let first = WriterLock::try_acquire(&mirror.pool).await?;
    let mut first = first.context("nobody else writes")?;
    first.check().await?;
    assert!(WriterLock::try_acquire(&mirror.pool).await?.is_none());
    first.release().await?;
    assert!(WriterLock::try_acquire(&mirror.pool).await?.is_some());
    Ok(())
}
