//! The indexer against a scripted node: order, receipts, accounts, and who writes.

use crate::support::{
    chain::{Chain, FOREIGN, Step, member, signature, subscription},
    database::Mirror,
    indexing::{AWARD, BOTH, CHARGE, indexer, look_now, places, raw, sync, sync_with, tables},
};
use anyhow::Result;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::Config};
use std::time::Duration;
use tessera_client::receipts;
use tessera_indexer::{IndexerError, node::Content};
use tessera_store::{StoreError, U64, mirror::cursor};
use tessera_tests::eventually;

#[tokio::test]
async fn receipts_stand_in_the_chains_order_and_prove_the_accounts() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, Step::NextSlot, CHARGE, AWARD, BOTH]);
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!((cursor.applied_slot, cursor.final_slot), (11, 11));

    let tables = tables(&mirror.pool).await?;
    assert_eq!(
        places(&tables),
        [
            (10, 0, 1),
            (10, 1, 1),
            (10, 1, 2),
            (11, 0, 1),
            (11, 1, 1),
            (11, 2, 1),
            (11, 2, 2),
        ]
    );
    let account = &tables.accounts.member[0];
    let own = tables
        .receipts
        .iter()
        .filter(|it| it.account == account.address);
    let own: Vec<Vec<u8>> = own.map(raw).collect();
    receipts::verify(
        &member(1),
        receipts::ReceiptState {
            life: account.life.0,
            seq: account.receipt_seq.0,
            head: account.receipt_head.0,
        },
        own.iter().map(Vec::as_slice),
    )?;
    Ok(())
}

#[tokio::test]
async fn a_charge_keeps_every_unit_and_its_levels_in_order() -> Result<()> {
    let mirror = Mirror::create().await?;
    sync(&mirror, &Chain::new(&[AWARD, CHARGE])).await?;
    let charges = tables(&mirror.pool).await?.charges;
    let (money, _) = charges[0].4.split_once(",{").expect("levels");
    assert_eq!(money, format!("{},{}", u64::MAX, u64::MAX - 20));
    let levels = charges[0].4.matches(":10").count();
    assert_eq!((charges.len(), levels), (1, 2));
    assert!(charges[0].4.find("c8c8") < charges[0].4.find("c9c9"));
    Ok(())
}

#[tokio::test]
async fn failed_transactions_mean_nothing_and_are_passed() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::Fail, Step::Fail]);
    // A node that lists it as successful and shows it as failed is believed the latter.
    chain.state().history[2].0.failed = false;
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!(cursor.listed_signature, Some(signature(2).into()));
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_only_names_the_program_is_passed_whatever_it_does() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::Foreign, Step::NextSlot, CHARGE, Step::Foreign]);
    chain.state().unsettled_slots = 2;
    let cursor = sync(&mirror, &chain).await?;
    assert_eq!((cursor.applied_slot, cursor.final_slot), (11, 9));
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 2);
    // It names sixty accounts as writable, of which none is read.
    assert_eq!(chain.state().readings, 2);
    Ok(())
}

#[tokio::test]
async fn what_others_write_behind_their_own_calls_is_no_receipt() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD]);
    {
        // The second award again, as the call of somebody who calls the program, too.
        let mut state = chain.state();
        let Content::Calls(calls) = &mut state.history[1].1.content else {
            panic!("an award calls the program");
        };
        let mut forged = calls.calls[1].clone();
        forged.program = FOREIGN;
        calls.calls.push(forged);
    }
    sync(&mirror, &chain).await?;
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_opened_again_keeps_the_receipts_of_both_lives() -> Result<()> {
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
    let receipts: Vec<_> = tables.receipts.iter().map(|it| (it.life, it.seq)).collect();
    assert_eq!(receipts, [(10, 1), (10, 2), (12, 1)]);
    let row = &tables.accounts.member[0];
    assert_eq!(
        (row.life, row.receipt_seq, row.closed),
        (U64(12), U64(1), false)
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
    assert!(failure.is_final());
    Ok(())
}

#[tokio::test]
async fn a_second_writer_waits_and_goes_on_when_the_first_ends() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD]);
    let mut first = indexer(&mirror, &chain);
    sync_with(&mut first).await?;
    let failure = sync(&mirror, &chain).await.expect_err("a second writer");
    assert!(failure.to_string().contains("another indexer"));
    let cancel = tokio_util::sync::CancellationToken::new();
    let mut second = indexer(&mirror, &chain);
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { second.run(cancel).await }
    });
    first.close().await?;
    chain.state().take(&Step::NextSlot);
    eventually(Duration::from_secs(10), async || {
        let cursor = cursor::read(&mut *mirror.pool.acquire().await?).await?;
        Ok(match cursor.map(|cursor| cursor.applied_slot) {
            Some(11) => Ok(()),
            slot => Err(format!("the second writer is at slot {slot:?}")),
        })
    })
    .await?;
    cancel.cancel();
    Ok(running.await??)
}

#[tokio::test]
async fn a_closed_account_keeps_its_last_row() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot]);
    sync(&mirror, &chain).await?;
    chain.state().take(&Step::NextSlot);
    chain.state().close(member(1));
    sync(&mirror, &chain).await?;
    let row = &tables(&mirror.pool).await?.accounts.member[0];
    assert!(row.closed);
    assert_eq!(row.points, U64(5));
    Ok(())
}

#[tokio::test]
async fn a_reading_of_all_accounts_corrects_what_no_transaction_said() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, BOTH, CHARGE, Step::NextSlot, AWARD]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    let before = tables(&mirror.pool).await?;
    assert_eq!(indexer.reconcile_once().await?, 0);
    {
        let mut state = chain.state();
        let (_, _, old) = state.history[0].clone();
        state.silent = old;
        state.silent.push((subscription(1), None));
        state.take(&Step::NextSlot);
        state.take(&Step::Fail);
    }
    indexer.sync_once().await?;
    assert_eq!(indexer.reconcile_once().await?, 2);
    let after = tables(&mirror.pool).await?;
    assert_ne!(after.accounts.member, before.accounts.member);
    assert!(after.accounts.subscription[0].closed);
    assert_eq!(after.receipts, before.receipts);
    Ok(())
}

#[tokio::test]
async fn a_network_that_lists_no_accounts_is_mirrored_by_its_receipts() -> Result<()> {
    let chain = Chain::new(&[AWARD, BOTH, CHARGE, Step::NextSlot, AWARD]);
    let whole = Mirror::create().await?;
    sync(&whole, &chain).await?;
    chain.state().lists_accounts = false;
    let mirror = Mirror::create().await?;
    let mut indexer = indexer(&mirror, &chain);
    let unready = indexer.sync_once().await.expect_err("no account is read");
    assert!(
        unready
            .to_string()
            .contains("the accounts were not all read")
    );
    sync_with(&mut indexer).await?;
    assert_eq!(tables(&mirror.pool).await?, tables(&whole.pool).await?);
    Ok(())
}

async fn clear(mirror: &Mirror) -> Result<()> {
    sqlx::query("truncate member, subscription, life, receipt, charge, refund, commission, cursor, walk, unsettled, stale, seen")
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
                    state.unsettled_slots = u64::from(breaks);
                    state.unknown = breaks.then(|| signature(end.saturating_sub(1))).into_iter().collect();
                }
                look_now(&parts).await?;
                // A round that is broken off leaves its first chunks.
                let _ = sync(&parts, &chain).await;
            }
            {
                let mut state = chain.state();
                state.unknown.clear();
                state.happened = length;
                state.unsettled_slots = 0;
            }
            look_now(&parts).await?;
            sync(&parts, &chain).await?;
            let (parts, whole) = (tables(&parts.pool).await?, tables(&whole.pool).await?);
            assert!(parts == whole, "{:?} and {:?}", places(&parts), places(&whole));
            anyhow::Ok(())
        }).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    });
    Ok(())
}
