//! The indexer against a scripted node.

use crate::{
    database::Mirror,
    indexer_chain::{Chain, FOREIGN, Step, member, signature, subscription},
};
use anyhow::Result;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::Config};
use std::sync::Arc;
use tessera_client::{Event, receipts};
use tessera_indexer::{Indexer, IndexerConfig, IndexerError, decode, history};
use tessera_store::{
    PgPool, Source, StoreError, U64, accounts,
    accounts::Accounts,
    cursor::{self, Cursor},
    event::{self, ChargeRow, CommissionRow, EventRow},
};

const AWARD: Step = Step::Award {
    member: 1,
    points: 5,
};
const CHARGE: Step = Step::Charge {
    subscription: 1,
    levels: 2,
};
const BOTH: Step = Step::Both {
    member: 1,
    subscription: 1,
};

fn indexer(mirror: &Mirror, chain: &Arc<Chain>) -> Indexer {
    let config = IndexerConfig {
        chunk: 2,
        concurrency: 3,
        ..IndexerConfig::default()
    };
    Indexer::new(mirror.pool.clone(), chain.clone(), config)
}

/// One round of an indexer that starts for it.
async fn sync(mirror: &Mirror, chain: &Arc<Chain>) -> Result<Cursor, IndexerError> {
    let mut indexer = indexer(mirror, chain);
    let cursor = indexer.sync_once().await;
    indexer.close().await?;
    cursor
}

/// Everything that the chain determines; when and how an account was read is not among it.
#[derive(Debug, PartialEq)]
struct Tables {
    accounts: Accounts,
    events: Vec<EventRow>,
    charges: Vec<ChargeRow>,
    commissions: Vec<CommissionRow>,
    stands_at: (Option<[u8; 64]>, i64, i64),
}

async fn tables(pool: &PgPool) -> Result<Tables> {
    let mut conn = pool.acquire().await?;
    let mut accounts = accounts::all(&mut conn).await?;
    for row in &mut accounts.member {
        (row.slot, row.source) = (0, Source::Update);
    }
    for row in &mut accounts.subscription {
        (row.slot, row.source) = (0, Source::Update);
    }
    let cursor = cursor::read(&mut conn).await?;
    Ok(Tables {
        accounts,
        events: event::all(&mut conn).await?,
        charges: event::all_charges(&mut conn).await?,
        commissions: event::all_commissions(&mut conn).await?,
        stands_at: cursor.map_or((None, 0, 0), |cursor| {
            (
                cursor.event_signature,
                cursor.event_slot,
                cursor.event_position,
            )
        }),
    })
}

#[tokio::test]
async fn events_stand_in_the_nodes_order_and_prove_the_accounts() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, Step::NextSlot, CHARGE, AWARD, BOTH]);
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!((cursor.account_slot, cursor.event_position), (11, 7));
    assert!(cursor.caught_up);

    let tables = tables(&mirror.pool).await?;
    let places: Vec<_> = tables
        .events
        .iter()
        .map(|event| {
            (
                event.position,
                event.signature,
                event.outer_ix,
                event.inner_ix,
            )
        })
        .collect();
    let place =
        |position, transaction: usize, outer| (position, signature(transaction).into(), outer, 0);
    assert_eq!(
        places,
        [
            place(1, 0, 1),
            place(2, 1, 1),
            place(3, 1, 2),
            place(4, 2, 1),
            place(5, 3, 1),
            place(6, 4, 1),
            place(7, 4, 2),
        ]
    );
    let account = &tables.accounts.member[0];
    let receipts = tables
        .events
        .iter()
        .filter(|event| event.account == account.address);
    receipts::verify(
        &member(1),
        receipts::ReceiptState {
            life: account.life.0,
            seq: account.receipt_seq.0,
            head: account.receipt_head.0,
        },
        receipts.map(|event| event.raw.as_slice()),
    )?;
    Ok(())
}

#[tokio::test]
async fn a_charge_keeps_every_unit_and_its_levels_in_order() -> Result<()> {
    let mirror = Mirror::create().await?;
    sync(&mirror, &Chain::new(&[AWARD, CHARGE])).await?;
    let tables = tables(&mirror.pool).await?;
    let charge = &tables.charges[0];
    assert_eq!(charge.position, 2);
    assert_eq!(
        (charge.debit, charge.merchant),
        (U64(u64::MAX), U64(u64::MAX - 20))
    );
    let levels: Vec<_> = tables
        .commissions
        .iter()
        .map(|share| (share.position, share.level, share.ledger.0[0], share.amount))
        .collect();
    assert_eq!(levels, [(2, 1, 200, 10.into()), (2, 2, 201, 10.into())]);
    Ok(())
}

#[tokio::test]
async fn failed_transactions_tell_nothing_and_are_passed() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::Fail, Step::Fail]);
    // A node that lists it as successful and shows it as failed is believed the latter.
    chain.state().history[2].0.failed = false;
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!(cursor.event_signature, Some(signature(2).into()));
    assert_eq!(tables(&mirror.pool).await?.events.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_was_stored_before_a_failure_stays_and_the_rest_follows() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, CHARGE, AWARD, AWARD]);
    chain.state().unknown.insert(signature(3));
    let failure = sync(&mirror, &chain)
        .await
        .expect_err("a transaction is missing");
    assert!(matches!(failure, IndexerError::UnknownTransaction(_)) && failure.is_transient());
    assert_eq!(tables(&mirror.pool).await?.stands_at.2, 3);

    chain.state().unknown.clear();
    sync(&mirror, &chain).await?;
    let fresh = Mirror::create().await?;
    sync(&fresh, &chain).await?;
    assert_eq!(tables(&mirror.pool).await?, tables(&fresh.pool).await?);
    Ok(())
}

#[tokio::test]
async fn calls_that_may_hide_receipts_stop_the_cursor_until_the_node_shows_them() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, AWARD]);
    let shown = chain.state().history[2].1.calls[1].inner[0].height.take();
    let failure = sync(&mirror, &chain).await.expect_err("no heights");
    assert!(matches!(failure, IndexerError::Calls { .. }) && failure.is_transient());
    assert_eq!(tables(&mirror.pool).await?.stands_at.2, 2);

    chain.state().history[2].1.calls[1].inner[0].height = shown;
    assert_eq!(sync(&mirror, &chain).await?.event_position, 3);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_only_names_the_program_is_passed_whatever_it_does() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::Foreign, Step::NextSlot, CHARGE, Step::Foreign]);
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!(cursor.event_signature, Some(signature(3).into()));
    assert_eq!((cursor.event_position, cursor.caught_up), (2, true));
    // It names sixty accounts as writable, of which none is read again.
    let foreign = chain.state().history[1].1.clone();
    let effects = decode::effects(signature(1), &foreign)?;
    assert_eq!((foreign.writable.len(), effects.writable), (60, vec![]));
    Ok(())
}

#[tokio::test]
async fn what_others_write_behind_their_own_calls_is_no_receipt() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD]);
    {
        // The second award again, as the call of somebody who calls the program, too.
        let mut state = chain.state();
        let calls = &mut state.history[1].1.calls;
        let mut forged = calls[1].clone();
        forged.program = FOREIGN;
        calls.push(forged);
    }
    assert_eq!(sync(&mirror, &chain).await?.event_position, 2);
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_opened_again_counts_its_receipts_from_one() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, Step::NextSlot]);
    {
        let mut state = chain.state();
        state.close(member(1));
        state.take(&Step::NextSlot);
        state.take(&AWARD);
    }
    sync(&mirror, &chain).await?;
    let tables = tables(&mirror.pool).await?;
    let receipts: Vec<_> = tables
        .events
        .iter()
        .map(|event| (event.life.0, event.seq.0))
        .collect();
    assert_eq!(receipts, [(10, 1), (10, 2), (12, 1)]);
    let row = &tables.accounts.member[0];
    assert_eq!(
        (row.life, row.receipt_seq, row.closed),
        (U64(12), U64(1), false)
    );
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_skips_one_is_not_stored() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, CHARGE, AWARD, AWARD]);
    chain.state().history.remove(2);
    chain.state().happened = 3;
    let failure = sync(&mirror, &chain)
        .await
        .expect_err("receipt 2 is missing");
    assert!(
        matches!(
            failure,
            IndexerError::ReceiptGap {
                expected: 2,
                found: 3,
                ..
            }
        ),
        "{failure:?}"
    );
    Ok(())
}

#[tokio::test]
async fn accounts_with_more_receipts_than_the_history_are_refused() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    {
        let mut state = chain.state();
        let (_, _, forgotten) = state.history.remove(0);
        state.silent = forgotten;
        state.happened = 1;
    }
    // The first reading is at the last slot, where events may still be on their way.
    sync(&mirror, &chain).await?;
    for step in [Step::NextSlot, CHARGE] {
        chain.state().take(&step);
    }
    let failure = sync(&mirror, &chain).await.expect_err("pruned history");
    assert!(
        matches!(failure, IndexerError::MissingReceipts { count: 1, .. }),
        "{failure:?}"
    );
    Ok(())
}

#[tokio::test]
async fn another_network_is_refused() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD]);
    sync(&mirror, &chain).await?;
    chain.state().genesis = [2; 32];
    let failure = sync(&mirror, &chain).await.expect_err("another genesis");
    assert!(matches!(
        failure,
        IndexerError::Store(StoreError::OtherGenesis { .. })
    ));
    assert!(!failure.is_transient());
    Ok(())
}

#[tokio::test]
async fn a_history_without_the_cursors_transaction_is_refused() -> Result<()> {
    let mirror = Mirror::create().await?;
    sync(&mirror, &Chain::new(&[AWARD, CHARGE])).await?;
    let started_anew = Chain::new(&[AWARD]);
    let failure = sync(&mirror, &started_anew)
        .await
        .expect_err("a lost cursor");
    assert!(matches!(failure, IndexerError::CursorLost(lost) if lost == signature(1)));
    Ok(())
}

#[tokio::test]
async fn a_history_that_loses_the_cursors_transaction_meanwhile_is_refused() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    let mut indexer = indexer(&mirror, &chain);
    indexer.sync_once().await?;
    chain.state().history.pop();
    chain.state().happened = 1;
    let failure = indexer.sync_once().await.expect_err("a lost cursor");
    assert!(matches!(failure, IndexerError::CursorLost(lost) if lost == signature(1)));
    Ok(())
}

#[tokio::test]
async fn a_second_writer_is_refused_while_the_first_lives() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD]);
    let mut first = indexer(&mirror, &chain);
    first.sync_once().await?;
    let failure = sync(&mirror, &chain).await.expect_err("a second writer");
    assert!(matches!(
        failure,
        IndexerError::Store(StoreError::AnotherWriter)
    ));
    first.close().await?;
    sync(&mirror, &chain).await?;
    Ok(())
}

#[tokio::test]
async fn a_closed_account_keeps_its_last_row() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot]);
    sync(&mirror, &chain).await?;
    chain.state().close(member(1));
    sync(&mirror, &chain).await?;
    let row = &tables(&mirror.pool).await?.accounts.member[0];
    assert!(row.closed);
    assert_eq!(row.points, U64(5));
    Ok(())
}

#[tokio::test]
async fn a_reading_of_all_accounts_repairs_what_no_transaction_told() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, CHARGE, Step::NextSlot, AWARD]);
    sync(&mirror, &chain).await?;
    let before = tables(&mirror.pool).await?;
    {
        let mut state = chain.state();
        let (_, _, old) = state.history[0].clone();
        state.silent = old;
        state.silent.push((subscription(1), None));
        state.take(&Step::NextSlot);
        state.take(&Step::Fail);
    }
    sync(&mirror, &chain).await?;
    let after = tables(&mirror.pool).await?;
    assert_ne!(after.accounts.member, before.accounts.member);
    assert!(after.accounts.subscription[0].closed);
    assert_eq!(after.events, before.events);
    Ok(())
}

#[tokio::test]
async fn the_chain_alone_tells_the_same_events_as_the_mirror() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, Step::Fail, Step::NextSlot, CHARGE]);
    sync(&mirror, &chain).await?;
    let mirrored: Vec<_> = tables(&mirror.pool)
        .await?
        .events
        .into_iter()
        .map(|event| (event.signature, event.outer_ix, event.kind, event.raw))
        .collect();
    let told: Vec<_> = history::fetch_all_events(&*chain, 2)
        .await?
        .into_iter()
        .map(|told| {
            assert_eq!(Event::decode(&told.raw).as_ref(), Ok(&told.event));
            let kind = told.event.name().to_owned();
            (told.signature.into(), told.outer.into(), kind, told.raw)
        })
        .collect();
    assert_eq!(told, mirrored);
    Ok(())
}

async fn clear(mirror: &Mirror) -> Result<()> {
    sqlx::query("truncate member, subscription, event, charge, refund, commission, cursor")
        .execute(&mirror.pool)
        .await?;
    Ok(())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..4u8, 1..1_000u64).prop_map(|(member, points)| Step::Award { member, points }),
        3 => (1..4u8, 0..=3u8).prop_map(|(subscription, levels)| Step::Charge { subscription, levels }),
        1 => (1..4u8, 1..4u8).prop_map(|(member, subscription)| Step::Both { member, subscription }),
        1 => Just(Step::Fail),
        1 => Just(Step::Foreign),
        2 => Just(Step::NextSlot),
    ];
    vec(step, 1..30)
}

/// Whatever rounds the same history comes in, some of them broken off, the mirror is the same.
#[test]
fn any_partition_into_rounds_gives_the_same_tables() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let whole = runtime.block_on(Mirror::create())?;
    let parts = runtime.block_on(Mirror::create())?;
    let rounds = vec((any::<Index>(), any::<bool>()), 1..6);
    proptest!(Config { cases: 24, max_shrink_iters: 64, ..Config::default() }, |(steps in steps(), rounds in rounds)| {
        runtime.block_on(async {
            let chain = Chain::new(&steps);
            clear(&whole).await?;
            sync(&whole, &chain).await?;

            clear(&parts).await?;
            let length = chain.state().happened;
            let mut rounds: Vec<_> = rounds.iter().map(|(end, breaks)| (end.index(length + 1), *breaks)).collect();
            rounds.sort_unstable();
            for (end, breaks) in rounds {
                {
                    let mut state = chain.state();
                    state.happened = end;
                    state.unknown = breaks.then(|| signature(end.saturating_sub(1))).into_iter().collect();
                }
                // A round that is broken off leaves its first chunks.
                let _ = sync(&parts, &chain).await;
            }
            chain.state().unknown.clear();
            chain.state().happened = length;
            sync(&parts, &chain).await?;
            assert_eq!(tables(&parts.pool).await?, tables(&whole.pool).await?);
            anyhow::Ok(())
        }).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    });
    Ok(())
}
