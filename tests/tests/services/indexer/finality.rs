//! What may still vanish, and what is late, against a scripted node.

use crate::support::{
    chain::{Chain, Step, signature},
    database::Mirror,
    indexing::{AWARD, BOTH, CHARGE, indexer, look_now, places, sync, sync_with, tables},
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use std::time::Duration;
use tessera_indexer::{
    Indexer, IndexerConfig, IndexerError,
    feed::{Feed, FeedError, Mark, Stretch},
    node::{Content, Tip, Transaction},
};
use tessera_store::mirror::dead_letter;

#[tokio::test]
async fn what_no_node_shows_keeps_its_place_and_the_rest_goes_on() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, BOTH, Step::NextSlot, CHARGE, AWARD]);
    chain.state().unknown.insert(signature(1));
    let failure = sync(&mirror, &chain).await.expect_err("one is missing");
    assert!(failure.to_string().contains(&signature(1).to_string()));
    assert!(!failure.is_final());
    let partly = tables(&mirror.pool).await?;
    assert_eq!((partly.receipts.len(), partly.final_slot), (3, 10));

    chain.state().unknown.clear();
    look_now(&mirror).await?;
    sync(&mirror, &chain).await?;
    let fresh = Mirror::create().await?;
    sync(&fresh, &chain).await?;
    assert_eq!(tables(&mirror.pool).await?, tables(&fresh.pool).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_not_final_is_shown_and_taken_back_when_it_vanishes() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, BOTH, CHARGE]);
    chain.state().unsettled_slots = 1;
    let mut indexer = indexer(&mirror, &chain);
    let cursor = sync_with(&mut indexer).await?;
    assert_eq!((cursor.applied_slot, cursor.final_slot), (11, 10));
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 4);

    // The last charge was on a fork; another one lands in its place, in the next slot.
    chain.state().vanish(1);
    {
        let mut state = chain.state();
        state.forget_last_charge(1);
        state.take(&Step::NextSlot);
        state.take(&Step::Charge {
            subscription: 1,
            levels: 1,
        });
        state.take(&Step::NextSlot);
    }
    sync_with(&mut indexer).await?;
    chain.state().unsettled_slots = 0;
    sync_with(&mut indexer).await?;
    let fresh = Mirror::create().await?;
    sync(&fresh, &chain).await?;
    let tables = tables(&mirror.pool).await?;
    assert_eq!(
        tables.charges.last().map(|it| it.4.matches(":10").count()),
        Some(1)
    );
    assert_eq!(tables, self::tables(&fresh.pool).await?);
    Ok(())
}

/// The charge of slot 11 is mirrored, and then on a fork, where a node calls it confirmed; an award is
/// final behind it.
async fn leave_on_a_fork(chain: &Chain, indexer: &mut Indexer) -> Result<()> {
    chain.state().unsettled_slots = 1;
    sync_with(indexer).await?;
    let mut state = chain.state();
    state.vanish(1);
    state.forget_last_charge(1);
    state.forked.insert(signature(1), 11);
    state.take(&Step::NextSlot);
    state.take(&AWARD);
    state.unsettled_slots = 0;
    Ok(())
}

#[tokio::test]
async fn what_a_node_on_a_fork_calls_confirmed_is_taken_back_all_the_same() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    let mut indexer = indexer(&mirror, &chain);
    leave_on_a_fork(&chain, &mut indexer).await?;
    sync_with(&mut indexer).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (12, 0, 1)]
    );
    Ok(())
}

#[tokio::test]
async fn what_nodes_say_nothing_certain_of_is_not_final_and_keeps_nothing_waiting() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    let mut indexer = indexer(&mirror, &chain);
    leave_on_a_fork(&chain, &mut indexer).await?;
    chain.state().withheld.insert(signature(1));
    let failure = indexer.sync_once().await.expect_err("one is in doubt");
    assert!(failure.to_string().contains(&signature(1).to_string()));
    let doubtful = tables(&mirror.pool).await?;
    assert_eq!(places(&doubtful), [(10, 0, 1), (11, 0, 1), (12, 0, 1)]);
    assert_eq!(doubtful.final_slot, 10);

    chain.state().withheld.clear();
    chain.state().take(&Step::NextSlot);
    sync_with(&mut indexer).await?;
    let settled = tables(&mirror.pool).await?;
    assert_eq!(places(&settled), [(10, 0, 1), (12, 0, 1)]);
    assert_eq!(settled.final_slot, 13);
    Ok(())
}

#[tokio::test]
async fn a_slot_that_no_network_can_have_reached_is_not_believed() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    chain.state().ahead = 1_000_000_000;
    let failure = indexer.sync_once().await.expect_err("a slot too far");
    assert!(
        matches!(failure, IndexerError::ImplausibleSlot { .. }),
        "{failure}"
    );
    assert!(!failure.is_final());
    {
        let mut state = chain.state();
        state.ahead = 0;
        state.take(&Step::NextSlot);
        state.take(&CHARGE);
    }
    sync_with(&mut indexer).await?;
    let mirrored = tables(&mirror.pool).await?;
    assert_eq!((mirrored.receipts.len(), mirrored.final_slot), (2, 11));
    Ok(())
}

#[tokio::test]
async fn what_no_node_shows_is_looked_for_again_few_at_a_time() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD; 9]);
    chain.state().take(&Step::NextSlot);
    chain.state().unknown.extend((0..8).map(signature));
    let mut indexer = indexer(&mirror, &chain);
    indexer.fill_once().await?;
    // A round ends where a batch, of two, shows nothing.
    for _ in 0..5 {
        indexer.sync_once().await.expect_err("eight are missing");
    }
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 1);
    sqlx::query("update walk set tries = 1")
        .execute(&mirror.pool)
        .await?;
    look_now(&mirror).await?;
    let again = "select count(*) from walk where tries > 1";
    for (looks, expected) in [(1, 3), (2, 8)] {
        for _ in 0..looks {
            indexer.sync_once().await.expect_err("eight are missing");
        }
        let again: i64 = sqlx::query_scalar(again).fetch_one(&mirror.pool).await?;
        assert_eq!(again, expected, "few at a time, and each in its turn");
    }
    Ok(())
}

/// A feed that hands out the same again and again.
struct Repeating(Stretch);

#[async_trait]
impl Feed for Repeating {
    async fn next(&mut self, _: Mark, _: Duration) -> std::result::Result<Stretch, FeedError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn what_is_final_does_not_become_what_may_vanish_when_a_feed_repeats_it() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    sync(&mirror, &chain).await?;
    let before = tables(&mirror.pool).await?;
    // One that stays, and one that was on a fork in the last final slot.
    let mut transactions: Vec<Transaction> = {
        let state = chain.state();
        state.history.iter().map(|(_, it, _)| it.clone()).collect()
    };
    let fork = {
        let mut state = chain.state();
        state.take(&CHARGE);
        state.vanish(1)
    };
    transactions.extend(fork.into_iter().map(|(_, it, _)| it));
    let repeating = Repeating(Stretch {
        transactions,
        through: Some(Tip { slot: 11, at: 1 }),
        missing: None,
    });
    let mut indexer = Indexer::with_feed(
        mirror.pool.clone(),
        chain.clone(),
        Some(Box::new(repeating)),
        IndexerConfig::default(),
    );
    indexer.sync_once().await?;
    assert_eq!(tables(&mirror.pool).await?.receipts, before.receipts);
    let unsettled: i64 = sqlx::query_scalar("select count(*) from unsettled")
        .fetch_one(&mirror.pool)
        .await?;
    assert_eq!(unsettled, 0);
    Ok(())
}

#[tokio::test]
async fn what_was_not_understood_of_a_transaction_goes_with_it_when_it_vanishes() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    {
        let mut state = chain.state();
        state.unsettled_slots = 1;
        state.history[1].1.content = Content::Unreadable {
            reason: "version 9".to_owned(),
            bytes: b"{}".to_vec(),
        };
    }
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    let mut conn = mirror.pool.acquire().await?;
    assert_eq!(dead_letter::page(&mut conn, 0, 10).await?.len(), 1);
    {
        let mut state = chain.state();
        state.vanish(1);
        state.forget_last_charge(1);
        state.take(&Step::NextSlot);
        state.take(&AWARD);
        state.unsettled_slots = 0;
    }
    sync_with(&mut indexer).await?;
    assert_eq!(dead_letter::page(&mut conn, 0, 10).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_lands_in_another_slot_is_moved() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, BOTH]);
    chain.state().unsettled_slots = 1;
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    {
        let mut state = chain.state();
        let moved = state.vanish(1).remove(0);
        state.land_again(moved);
        state.unsettled_slots = 0;
    }
    sync_with(&mut indexer).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (12, 1, 1), (12, 1, 2)]
    );
    Ok(())
}

#[tokio::test]
async fn of_what_contradicts_and_may_vanish_no_part_is_stored() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, AWARD, CHARGE]);
    {
        let mut state = chain.state();
        state.unsettled_slots = 3;
        state.unlisted.insert(signature(2));
    }
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    {
        // The award lands in another slot, with a charge that nobody has seen.
        let mut state = chain.state();
        let mut moved = state.vanish(2);
        let (_, charge, _) = moved.pop().context("a charge")?;
        let (_, award, _) = &mut moved[0];
        if let (Content::Calls(all), Content::Calls(more)) = (&mut award.content, charge.content) {
            all.calls.extend(more.calls);
        }
        state.land_again(moved.remove(0));
    }
    sync_with(&mut indexer).await?;
    let before = [(10, 0, 1), (11, 0, 1)];
    assert_eq!(places(&tables(&mirror.pool).await?), before);
    chain.state().unsettled_slots = 0;
    sync_with(&mut indexer).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (12, 1, 1), (12, 1, 3)]
    );
    Ok(())
}

#[tokio::test]
async fn what_is_listed_late_or_in_another_order_is_found_when_it_is_final() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, AWARD, AWARD, CHARGE]);
    {
        let mut state = chain.state();
        state.unsettled_slots = 1;
        state.unlisted.insert(signature(1));
        // The node lists two of a slot in the other order; what it shows has its place.
        state.history.swap(2, 3);
    }
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    assert_eq!(tables(&mirror.pool).await?.receipts.len(), 3);
    {
        let mut state = chain.state();
        state.unlisted.clear();
        state.unsettled_slots = 0;
    }
    sync_with(&mut indexer).await?;
    let tables = tables(&mirror.pool).await?;
    let seqs: Vec<_> = tables.receipts.iter().map(|it| it.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 1]);
    Ok(())
}

#[tokio::test]
async fn a_history_without_the_last_listed_transaction_is_followed_all_the_same() -> Result<()> {
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[CHARGE, Step::NextSlot, CHARGE]);
    let mut indexer = indexer(&mirror, &chain);
    sync_with(&mut indexer).await?;
    {
        // The network was rolled back behind what it had called final.
        let mut state = chain.state();
        state.vanish(1);
        state.forget_last_charge(1);
        state.take(&Step::NextSlot);
        state.take(&AWARD);
    }
    sync_with(&mut indexer).await?;
    assert_eq!(indexer.reconcile_once().await?, 1);
    indexer.prove_once(None).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (12, 0, 1)]
    );
    Ok(())
}

/// A feed that hands out one thing after the other, and the last one again and again.
struct Scripted(Vec<Stretch>);

#[async_trait]
impl Feed for Scripted {
    async fn next(&mut self, _: Mark, _: Duration) -> std::result::Result<Stretch, FeedError> {
        let next = self.0.remove(0);
        if self.0.is_empty() {
            self.0.push(next.clone());
        }
        Ok(next)
    }
}

#[tokio::test]
async fn what_was_half_shown_and_then_contradicts_goes_with_the_half_that_is_stored() -> Result<()>
{
    let mirror = Mirror::create().await?;
    let chain = Chain::new(&[AWARD, Step::NextSlot, CHARGE]);
    // A charge on a fork, and a transaction that charges the same period beside an award.
    let (charge, whole) = {
        let mut state = chain.state();
        state.unsettled_slots = 1;
        let (_, charge, _) = state.vanish(1).remove(0);
        state.forget_last_charge(1);
        state.take(&Step::Fail);
        state.take(&BOTH);
        let (_, whole, _) = state.history.last().context("a transaction")?;
        (charge, whole.clone())
    };
    let mut half = whole.clone();
    if let Content::Calls(all) = &mut half.content {
        all.calls.pop();
    }
    let stretch = |transactions| Stretch {
        transactions,
        through: Some(Tip { slot: 11, at: 1 }),
        missing: None,
    };
    let feed = Scripted(vec![stretch(vec![charge, half]), stretch(vec![whole])]);
    let mut indexer = Indexer::with_feed(
        mirror.pool.clone(),
        chain.clone(),
        Some(Box::new(feed)),
        IndexerConfig::default(),
    );
    sync_with(&mut indexer).await?;
    let half_shown = [(10, 0, 1), (11, 0, 1), (11, 1, 1)];
    assert_eq!(places(&tables(&mirror.pool).await?), half_shown);
    sync_with(&mut indexer).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (11, 0, 1)]
    );
    chain.state().unsettled_slots = 0;
    sync_with(&mut indexer).await?;
    assert_eq!(
        places(&tables(&mirror.pool).await?),
        [(10, 0, 1), (11, 1, 1), (11, 1, 2)]
    );
    Ok(())
}
