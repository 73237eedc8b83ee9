//! The store's promises, against PostgreSQL.

use crate::{api_rows, database::Mirror};
use anyhow::Result;
use rust_decimal::Decimal;
use solana_address::Address;
use tessera_indexer::decode;
use tessera_store::{
    Key, Record, Source, StoreError, U64, WriterLock,
    accounts::{self, Accounts},
    authority::AuthorityRow,
    campaign::CampaignRow,
    claim::ClaimRow,
    code::{self, CodeRow},
    config::ConfigRow,
    cursor::{self, EventMark},
    event::{self, ChargeRow, CommissionRow, EventRow, Life, RefundRow},
    invoice::InvoiceRow,
    issuer::IssuerRow,
    ledger::LedgerRow,
    member::{self, MemberRow},
    nullifier_page::NullifierPageRow,
    org::OrgRow,
    plan::PlanRow,
    stake_pool::StakePoolRow,
    stake_position::StakePositionRow,
    subscription::SubscriptionRow,
};
use tessera_types::accounts::{
    AccountType, Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Ledger, Member,
    NullifierPage, Org, Plan, Position, StakePool, Subscription,
};

async fn columns<R: Record>(conn: &mut tessera_store::PgConnection) -> Result<()> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select column_name::text from information_schema.columns
         where table_schema = 'public' and table_name = $1 order by ordinal_position",
    )
    .bind(R::TABLE)
    .fetch_all(conn)
    .await?;
    assert_eq!(columns, R::COLUMNS, "{}", R::TABLE);
    Ok(())
}

#[tokio::test]
async fn the_fields_of_every_row_are_its_tables_columns() -> Result<()> {
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
    columns::<StakePositionRow>(&mut conn).await?;
    columns::<EventRow>(&mut conn).await?;
    columns::<ChargeRow>(&mut conn).await?;
    columns::<RefundRow>(&mut conn).await?;
    columns::<CommissionRow>(&mut conn).await
}

/// An account of each kind with `byte` everywhere but in codes.
fn accounts_of(byte: u8, slot: u64) -> Accounts {
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
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    // Both ways in: as a new row and over another one.
    for (slot, byte) in [0x00, 0xff, 0x01].into_iter().enumerate() {
        let rows = accounts_of(byte, slot as u64);
        assert_eq!(accounts::upsert(&mut conn, &rows).await?, 15);
        assert_eq!(accounts::all(&mut conn).await?, rows);
        if byte == 0xff {
            assert_eq!(rows.plan[0].price, U64(u64::MAX));
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_older_reading_never_replaces_a_newer_one() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let at = |slot, points| MemberRow {
        slot,
        points: U64(points),
        ..api_rows::member(1, 1, 1)
    };
    let address = at(0, 0).address;
    assert_eq!(member::upsert(&mut conn, &[at(5, 50)]).await?, 1);
    assert_eq!(member::upsert(&mut conn, &[at(4, 40)]).await?, 0);
    assert_eq!(member::close(&mut conn, &[address], 4).await?, 0);
    assert_eq!(member::all(&mut conn).await?, [at(5, 50)]);

    assert_eq!(
        member::upsert(&mut conn, &[at(5, 55)]).await?,
        1,
        "an equal slot wins"
    );
    assert_eq!(member::close(&mut conn, &[address], 6).await?, 1);
    assert_eq!(
        member::upsert(&mut conn, &[at(5, 55)]).await?,
        0,
        "it stays gone"
    );
    let gone = MemberRow {
        closed: true,
        source: Source::Update,
        ..at(6, 55)
    };
    assert_eq!(member::all(&mut conn).await?, [gone]);

    assert_eq!(
        member::upsert(&mut conn, &[at(7, 70)]).await?,
        1,
        "it was opened again"
    );
    assert_eq!(member::all(&mut conn).await?, [at(7, 70)]);
    Ok(())
}

#[tokio::test]
async fn only_another_content_of_an_older_row_differs() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let row = |number, slot, created_at| CodeRow {
        slot,
        created_at,
        ..api_rows::code(number, 1, 1)
    };
    code::upsert(
        &mut conn,
        &[row(1, 5, 1), row(2, 5, 1), row(3, 9, 1), row(4, 9, 1)],
    )
    .await?;
    let found = [row(1, 6, 1), row(2, 6, 2), row(3, 6, 2), row(5, 6, 1)];
    let addresses: Vec<Key> = found.iter().map(|row| row.address).collect();
    let mut differing = code::differing(&mut conn, &found).await?;
    differing.sort_unstable();
    assert_eq!(differing, [addresses[1], addresses[3]]);
    assert_eq!(
        code::missing(&mut conn, &addresses[1..], 6).await?,
        [addresses[0]]
    );
    Ok(())
}

fn event_row(position: i64, account: u8, (life, seq): (u64, u64)) -> EventRow {
    EventRow {
        position,
        signature: [u8::try_from(position).expect("a small number"); 64],
        outer_ix: 0,
        inner_ix: 0,
        slot: position,
        kind: "Charged".to_owned(),
        account: Key([account; 32]),
        life: U64(life),
        seq: U64(seq),
        at: 1_000,
        raw: vec![0, 255],
    }
}

fn charge_row(position: i64) -> ChargeRow {
    ChargeRow {
        debit: U64(u64::MAX),
        merchant: U64(u64::MAX - 1),
        debt_repaid: U64(u64::MAX),
        credit: U64(u64::MAX),
        flags: 1,
        quote_nonce: Some(U64(u64::MAX)),
        ..api_rows::charge(position, Key([1; 32]))
    }
}

fn refund_row(position: i64) -> RefundRow {
    RefundRow {
        position,
        account: Key([1; 32]),
        amount: U64(u64::MAX),
        from_vault: U64(1),
        points: U64(u64::MAX),
        points_expired: U64(0),
    }
}

fn commission_row(position: i64, level: i16) -> CommissionRow {
    CommissionRow {
        position,
        level,
        ledger: Key([2; 32]),
        amount: Decimal::from(u64::MAX),
    }
}

#[tokio::test]
async fn the_same_event_twice_is_once_with_what_it_moved() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let events = [event_row(1, 1, (5, 1)), event_row(2, 1, (5, u64::MAX))];
    let charges = [charge_row(1), charge_row(2)];
    let refunds = [refund_row(1), refund_row(2)];
    let commissions = [
        commission_row(1, 1),
        CommissionRow {
            amount: -Decimal::from(u64::MAX),
            ..commission_row(2, 1)
        },
    ];
    let first = event::insert(
        &mut conn,
        &events[..1],
        &charges[..1],
        &refunds[..1],
        &commissions[..1],
    )
    .await?;
    let again = event::insert(&mut conn, &events, &charges, &refunds, &commissions).await?;
    assert_eq!((first, again), (1, 1));
    assert_eq!(event::all(&mut conn).await?, events);
    assert_eq!(event::all_charges(&mut conn).await?, charges);
    assert_eq!(event::all_refunds(&mut conn).await?, refunds);
    assert_eq!(event::all_commissions(&mut conn).await?, commissions);
    let last = event::last_receipts(&mut conn, &[Key([1; 32]), Key([9; 32])]).await?;
    let life = |slot| Life {
        account: Key([1; 32]),
        slot: U64(slot),
    };
    assert_eq!(last, [(life(5), U64(u64::MAX))].into());

    // The same address, opened again: its receipts count from 1.
    event::insert(&mut conn, &[event_row(3, 1, (9, 1))], &[], &[], &[]).await?;
    let last = event::last_receipts(&mut conn, &[Key([1; 32])]).await?;
    assert_eq!(last, [(life(5), U64(u64::MAX)), (life(9), U64(1))].into());
    Ok(())
}

#[tokio::test]
async fn an_event_that_contradicts_a_stored_one_is_refused() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    event::insert(&mut conn, &[event_row(1, 1, (5, 1))], &[], &[], &[]).await?;
    let edited = EventRow {
        raw: vec![1],
        ..event_row(1, 1, (5, 1))
    };
    for (what, event) in [
        (
            "another event with its receipt number",
            event_row(2, 1, (5, 1)),
        ),
        (
            "another event with its position",
            EventRow {
                position: 1,
                ..event_row(2, 1, (5, 2))
            },
        ),
        ("its own edited bytes", edited),
    ] {
        let refusal = event::insert(&mut conn, &[event], &[], &[], &[]).await;
        assert!(
            matches!(refusal, Err(StoreError::EventConflict { .. })),
            "{what}: {refusal:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_cursor_moves_from_where_it_is_and_never_back() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut conn = mirror.pool.acquire().await?;
    let genesis = Key([1; 32]);
    assert_eq!(cursor::read(&mut conn).await?, None);
    assert_eq!(cursor::init(&mut conn, genesis).await?.genesis, genesis);
    let mark = |signature, slot, position| EventMark {
        signature: [signature; 64],
        slot,
        position,
    };
    cursor::advance(&mut conn, None, &mark(1, 10, 3)).await?;
    for (from, to) in [
        (None, mark(2, 11, 4)),
        (Some([9; 64]), mark(2, 11, 4)),
        (Some([1; 64]), mark(2, 9, 4)),
        (Some([1; 64]), mark(2, 11, 2)),
    ] {
        let refusal = cursor::advance(&mut conn, from, &to).await;
        assert!(
            matches!(refusal, Err(StoreError::Fenced)),
            "{from:?} {to:?}"
        );
    }
    cursor::advance(&mut conn, Some([1; 64]), &mark(2, 10, 3)).await?;
    cursor::complete(&mut conn, 12, 1_000).await?;
    cursor::set_tip(&mut conn, 11, 999, false).await?;
    let stands = cursor::init(&mut conn, genesis).await?;
    assert_eq!(
        (stands.tip_slot, stands.tip_at, stands.account_slot),
        (12, 1_000, 12)
    );
    assert!(!stands.caught_up);

    let refusal = cursor::init(&mut conn, Key([2; 32])).await;
    assert!(matches!(refusal, Err(StoreError::OtherGenesis { .. })));
    Ok(())
}

#[tokio::test]
async fn one_writer_holds_the_lock_until_it_lets_go() -> Result<()> {
    let mirror = Mirror::create().await?;
    let mut first = WriterLock::acquire(&mirror.pool).await?;
    first.check().await?;
    let second = WriterLock::acquire(&mirror.pool).await;
    assert!(matches!(second, Err(StoreError::AnotherWriter)));
    first.release().await?;
    WriterLock::acquire(&mirror.pool).await?;
    Ok(())
}
