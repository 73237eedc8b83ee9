//! What the mirror lacks, has too much or does not understand, against a scripted node.

use crate::support::{
    chain::{Chain, Step, member, signature, subscription},
    database::Mirror,
    indexing::{AWARD, CHARGE, Tables, indexer, sync, sync_with, tables},
};
use anyhow::Result;
use std::time::Duration;
use tessera_client::EVENT_HEAD_LEN;
use tessera_indexer::{Indexer, IndexerConfig, node::Content};
use tessera_store::mirror::{cursor, dead_letter, proof};
use tessera_tests::eventually;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_receipt_that_is_missing_is_fetched_by_the_proof() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, CHARGE, AWARD, AWARD, Step::NextSlot]);
    chain.state().unlisted.insert(signature(2));
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 3);
    assert_eq!(indexer.prove_once(None).await?, 1);

    chain.state().unlisted.clear();
    assert_eq!(indexer.prove_once(None).await?, 0);
    indexer.close().await?;
    let fresh = Mirror::create().await?;
    sync(&fresh, &chain).await?;
    assert_eq!(tables(&mirror.pool).await?, tables(&fresh.pool).await?);
    Ok(())
}

#[tokio::test]
async fn a_gap_before_a_forgotten_transaction_is_filled_all_the_same() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, AWARD, Step::NextSlot]);
    chain.state().unlisted.insert(signature(1));
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    {
        let mut state = chain.state();
        state.unlisted.clear();
        state.forgotten.insert(signature(2));
    }
    assert_eq!(indexer.prove_once(None).await?, 0);
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_gap_that_a_node_fails_at_keeps_no_other_open() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, CHARGE, CHARGE, Step::NextSlot]);
    chain.state().unlisted.extend([signature(0), signature(2)]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    {
        let mut state = chain.state();
        state.unlisted.clear();
        state.refused.insert(member(1));
    }
    assert_eq!(indexer.prove_once(None).await?, 1);
    let seqs: Vec<i64> = tables(&mirror.pool)
        .await?
        .receipts
        .iter()
        .map(|it| it.seq)
        .collect();
    assert_eq!(seqs, [2, 1, 2]);
    let cursor = cursor::read(&mut *mirror.pool.acquire().await?).await?;
    assert_eq!(cursor.map(|cursor| cursor.gaps), Some(1));
    Ok(())
}

#[tokio::test]
async fn gaps_that_nobody_fills_keep_none_behind_them_waiting() -> Result<()> {
    // More than one proof repairs.
    const LOST: u8 = 120;
    let mirror = Mirror::create().await?;
    let award = |member| Step::Award { member, points: 1 };
    let steps: Vec<Step> = (1..=LOST)
        .flat_map(|member| [award(member), award(member)])
        .collect();
    let chain = Chain::new(&[&steps[..], &[Step::NextSlot]].concat());
    let first = |member: u8| signature(2 * usize::from(member - 1));
    chain.state().unlisted.extend((1..=LOST).map(first));
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    // The last one's is there again.
    chain.state().unlisted.remove(&first(LOST));
    assert_eq!(indexer.prove_once(None).await?, i64::from(LOST));
    assert_eq!(indexer.prove_once(None).await?, i64::from(LOST) - 1);
    Ok(())
}

#[tokio::test]
async fn a_gap_that_the_walk_fills_is_none_before_all_is_proven_again() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, CHARGE, Step::NextSlot]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    let honest = tables(&mirror.pool).await?;
    let mut conn = mirror.pool.acquire().await?;
    sqlx::query("create table lost as select * from receipt where seq = 2")
        .execute(&mut *conn)
        .await?;
    sqlx::query("delete from receipt where seq = 2")
        .execute(&mut *conn)
        .await?;
    chain.state().refused.insert(member(1));
    assert_eq!(indexer.prove_once(None).await?, 1);
    let last = Some(honest.final_slot);
    assert_eq!(indexer.prove_once(last).await?, 1);
    sqlx::query("insert into receipt select * from lost")
        .execute(&mut *conn)
        .await?;
    assert_eq!(indexer.prove_once(last).await?, 0);
    let cursor = cursor::read(&mut conn).await?;
    assert_eq!(cursor.map(|cursor| cursor.gaps), Some(0));
    Ok(())
}

#[tokio::test]
async fn what_was_read_before_the_start_is_proven_once_it_is_final() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[
        AWARD,
        Step::NextSlot,
        CHARGE,
        Step::NextSlot,
        Step::NextSlot,
    ]);
    {
        let mut state = chain.state();
        state.unlisted.insert(signature(1));
        state.unsettled_slots = 3;
    }
    sync(&mirror, &chain).await?;
    let config = IndexerConfig {
        poll: Duration::from_millis(20),
        proof: Duration::from_millis(50),
        ..IndexerConfig::default()
    };
    let mut indexer = Indexer::new(mirror.pool.clone(), chain.clone(), config);
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { indexer.run(cancel).await }
    });
    // A proof to which the award is final and the charge is not.
    eventually(Duration::from_secs(20), async || {
        let proven: i64 = sqlx::query_scalar("select sum(proven_seq)::bigint from life")
            .fetch_one(&mirror.pool)
            .await?;
        Ok(match proven {
            1 => Ok(()),
            other => Err(format!("{other} receipts are proven")),
        })
    })
    .await?;
    chain.state().unsettled_slots = 0;
    eventually(Duration::from_secs(20), async || {
        let cursor = cursor::read(&mut *mirror.pool.acquire().await?).await?;
        Ok(match cursor.map(|cursor| cursor.gaps) {
            Some(1) => Ok(()),
            gaps => Err(format!("the charge is not missed: {gaps:?}")),
        })
    })
    .await?;
    cancel.cancel();
    Ok(running.await??)
}

#[tokio::test]
async fn an_account_with_more_receipts_than_are_read_together_is_proven() -> Result<()> {
    let mirror = Mirror::create().await?;
    let award = |member| Step::Award { member, points: 1 };
    let many = [
        vec![award(1); 2_050],
        vec![award(2); 10],
        vec![Step::NextSlot],
    ]
    .concat();
    let chain = Chain::new(&many);
    let (pool, node) = (mirror.pool.clone(), chain.clone());
    let mut indexer = Indexer::new(pool, node, IndexerConfig::default());
    sync_with(&mut indexer).await?;
    assert_eq!(indexer.prove_once(None).await?, 0);
    let proven: Vec<i64> = sqlx::query_scalar("select proven_seq from life order by proven_seq")
        .fetch_all(&mirror.pool)
        .await?;
    assert_eq!(proven, [10, 2_050]);

    // Behind where the reading is cut, nothing goes unseen.
    sqlx::query("update receipt set body = set_byte(body, 0, 99) where seq = 2020")
        .execute(&mirror.pool)
        .await?;
    sqlx::query("update life set proven_seq = 0, proven_head = decode(repeat('00', 32), 'hex')")
        .execute(&mirror.pool)
        .await?;
    chain.state().refused.insert(member(1));
    assert_eq!(indexer.prove_once(None).await?, 1);
    Ok(())
}

#[tokio::test]
async fn receipts_of_a_history_that_the_node_lost_are_counted_as_gaps() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE, Step::NextSlot]);
    {
        let mut state = chain.state();
        let (_, _, forgotten) = state.history.remove(0);
        state.silent = forgotten;
        state.happened = 1;
    }
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    assert_eq!(indexer.prove_once(None).await?, 1);
    let cursor = cursor::read(&mut *mirror.pool.acquire().await?).await?;
    assert_eq!(cursor.map(|cursor| cursor.gaps), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_the_chain_never_had_is_removed_and_one_that_was_altered_is_mended()
-> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, Step::NextSlot]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    let honest = tables(&mirror.pool).await?;
    let mut conn = mirror.pool.acquire().await?;
    sqlx::query(
        "insert into receipt (arrival, slot, seq, at, tx_index, life_id, org_id, plan_id, kind, outer_ix,
                              inner_ix, signature, body)
         select arrival + 1000, slot, 3, at, 77, life_id, org_id, plan_id, kind, outer_ix, inner_ix,
                set_byte(signature, 5, 250), body from receipt where seq = 2",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query("update receipt set body = set_byte(body, 0, 99) where seq = 1")
        .execute(&mut *conn)
        .await?;
    indexer.prove_once(None).await?;
    indexer.prove_once(None).await?;
    assert_eq!(indexer.prove_once(None).await?, 0);
    assert_eq!(tables(&mirror.pool).await?, honest);
    Ok(())
}

#[tokio::test]
async fn what_this_version_does_not_understand_is_a_letter_and_the_rest_goes_on() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, CHARGE, Step::NextSlot, AWARD, CHARGE]);
    let whole = chain.state().history.clone();
    {
        let mut state = chain.state();
        let Content::Calls(calls) = &mut state.history[1].1.content else {
            panic!("a charge calls the program");
        };
        // Another discriminator.
        calls.calls[1].inner[0].data[9] ^= 1;
        state.history[2].1.content = Content::Unreadable {
            reason: "version 9".to_owned(),
            bytes: b"{}".to_vec(),
        };
    }
    sync(&mirror, &chain).await?;
    let seqs = |tables: &Tables| -> Vec<(i64, i64)> {
        tables.receipts.iter().map(|it| (it.slot, it.seq)).collect()
    };
    assert_eq!(seqs(&tables(&mirror.pool).await?), [(10, 1), (11, 2)]);
    let mut conn = mirror.pool.acquire().await?;
    let letters = dead_letter::page(&mut conn, 0, 10).await?;
    let about: Vec<_> = letters
        .iter()
        .map(|it| (it.slot, it.accounts.len()))
        .collect();
    assert_eq!(about, [(10, 1), (11, 0)]);
    assert!(letters[1].reason.contains("version 9") && letters[1].bytes == b"{}");
    let lives = proof::lives(&mut conn, 0, 10).await?;
    let claims = proof::claims(&mut conn, &lives).await?;
    let marked: Vec<_> = claims
        .iter()
        .filter(|it| it.marked)
        .map(|it| it.account)
        .collect();
    assert_eq!(marked, [subscription(1).to_bytes().into()]);

    // As after an upgrade: the transaction can be read, and the receipt is known.
    chain.state().history = whole;
    let receipt_bytes = {
        let mut raw = letters[0].bytes.clone();
        raw[0] ^= 1;
        raw
    };
    sqlx::query("update dead_letter set bytes = $1 where kind = 'receipt'")
        .bind(receipt_bytes)
        .execute(&mut *conn)
        .await?;
    let mut indexer = indexer(&mirror, &chain);
    let replayed = indexer.replay_dead_letters().await?;
    assert_eq!((replayed.taken, replayed.left), (2, 0));
    sync_with(&mut indexer).await?;
    let fresh = Mirror::create().await?;
    sync(&fresh, &chain).await?;
    assert_eq!(tables(&mirror.pool).await?, tables(&fresh.pool).await?);
    assert_eq!(dead_letter::page(&mut conn, 0, 10).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_letter_about_which_no_node_answers_keeps_no_round_waiting() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, CHARGE]);
    chain.state().history[0].1.content = Content::Unreadable {
        reason: "version 9".to_owned(),
        bytes: b"{}".to_vec(),
    };
    sync(&mirror, &chain).await?;
    {
        let mut state = chain.state();
        state.stuck.insert(signature(0));
        state.take(&Step::NextSlot);
        state.take(&CHARGE);
    }
    let mut indexer = indexer(&mirror, &chain);
    let running = CancellationToken::new();
    let cancel = running.clone();
    let task = tokio::spawn(async move { indexer.run(cancel).await });
    eventually(Duration::from_secs(60), async || {
        Ok(match tables(&mirror.pool).await?.final_slot {
            11.. => Ok(()),
            slot => Err(format!("it waits at slot {slot}")),
        })
    })
    .await?;
    running.cancel();
    task.await??;
    Ok(())
}

#[tokio::test]
async fn a_receipt_of_a_letter_counts_where_its_transaction_stands_now() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[CHARGE, Step::NextSlot]);
    let whole = chain.state().history.clone();
    {
        let mut state = chain.state();
        let Content::Calls(calls) = &mut state.history[0].1.content else {
            panic!("a charge calls the program");
        };
        calls.calls[1].inner[0].data[9] ^= 1;
    }
    sync(&mirror, &chain).await?;
    let mut conn = mirror.pool.acquire().await?;
    let letters = dead_letter::page(&mut conn, 0, 10).await?;
    let mut raw = letters[0].bytes.clone();
    raw[0] ^= 1;
    sqlx::query("update dead_letter set bytes = $1, slot = 9")
        .bind(raw)
        .execute(&mut *conn)
        .await?;
    chain.state().history = whole;
    let replayed = indexer(&mirror, &chain).replay_dead_letters().await?;
    assert_eq!((replayed.taken, replayed.left), (1, 0));
    let slots: Vec<i64> = tables(&mirror.pool)
        .await?
        .receipts
        .iter()
        .map(|it| it.slot)
        .collect();
    assert_eq!(slots, [10]);
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_not_understood_is_a_letter_until_it_is() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot]);
    let known = chain.state().history[0].2.clone();
    let mut strange = known.clone();
    if let (_, Some(data)) = &mut strange[0] {
        // A layout without a version.
        data[8] = 0;
    }
    chain.state().silent = strange;
    sync(&mirror, &chain).await?;
    let mut conn = mirror.pool.acquire().await?;
    let letters = dead_letter::page(&mut conn, 0, 10).await?;
    assert_eq!(letters[0].accounts, [member(1).to_bytes().into()]);
    assert_eq!(tables(&mirror.pool).await?.accounts.member, []);

    chain.state().silent = known;
    chain.state().take(&Step::NextSlot);
    let mut indexer = indexer(&mirror, &chain);
    indexer.sync_once().await?;
    assert_eq!(indexer.reconcile_once().await?, 1);
    assert_eq!(dead_letter::page(&mut conn, 0, 10).await?, []);
    assert_eq!(tables(&mirror.pool).await?.accounts.member.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_the_database_refuses_becomes_a_letter_by_itself() -> Result<()> {
    let mirror = Mirror::create().await?;
    sqlx::query("alter table charge add constraint poison check (debit < 5)")
        .execute(&mirror.pool)
        .await?;
    let chain = Chain::new(&[AWARD, AWARD, CHARGE, AWARD]);
    sync(&mirror, &chain).await?;
    let tables = tables(&mirror.pool).await?;
    assert_eq!((tables.receipts.len(), tables.final_slot), (3, 10));
    let letters = dead_letter::page(&mut *mirror.pool.acquire().await?, 0, 10).await?;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].reason.contains("poison") && letters[0].bytes.len() > EVENT_HEAD_LEN);

    // What is refused again keeps no other letter from being tried.
    let mut indexer = indexer(&mirror, &chain);
    let replayed = indexer.replay_dead_letters().await?;
    assert_eq!((replayed.taken, replayed.left), (0, 1));
    sqlx::query("alter table charge drop constraint poison")
        .execute(&mirror.pool)
        .await?;
    let replayed = indexer.replay_dead_letters().await?;
    assert_eq!((replayed.taken, replayed.left), (1, 0));
    Ok(())
}

#[tokio::test]
async fn a_missing_receipt_that_the_database_refuses_becomes_a_letter_too() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, AWARD, CHARGE, CHARGE, Step::NextSlot]);
    chain.state().unlisted.extend([signature(0), signature(2)]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    chain.state().unlisted.clear();
    sqlx::query(
        "alter table receipt add constraint poison check (kind <> 'PointsAwarded') not valid",
    )
    .execute(&mirror.pool)
    .await?;
    indexer.prove_once(None).await?;
    // What a letter is about is known to be missing.
    assert_eq!(indexer.prove_once(None).await?, 0);
    let letters = dead_letter::page(&mut *mirror.pool.acquire().await?, 0, 10).await?;
    let about: Vec<_> = letters.iter().map(|it| it.accounts.clone()).collect();
    assert_eq!(about, [[member(1).to_bytes().into()]]);
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 3);
    Ok(())
}
