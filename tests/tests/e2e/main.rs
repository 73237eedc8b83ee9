//! The whole of Tessera on real parts: the compiled program in an embedded network, a real
//! PostgreSQL, the indexer, the crank and the API.

mod answers;
mod dev;
mod engine;
mod expected;
mod stack;

use stack::{Stack, indexer};
use tessera_cli::audit::{self, Mismatch};
use tessera_client::types::Address;
use tokio::task::{LocalSet, spawn_local};
use tokio_util::sync::CancellationToken;

/// Wallets before and after the indexer is killed.
const WALLETS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_wallets_are_mirrored_across_a_killed_indexer_and_a_flood_and_tampering_is_named()
 {
    LocalSet::new().run_until(story()).await;
}

async fn story() {
    let stack = Stack::start().await;
    let mut story = stack.begin().await;
    let stop = CancellationToken::new();
    let crank = stack.crank();
    let crank = spawn_local({
        let stop = stop.clone();
        async move { crank.run(stop).await }
    });

    let first = spawn_local(indexer(stack.index(), stop.clone()));
    story.customers_join(WALLETS).await.expect("join");
    // Killed at whatever it is doing: nothing is closed, nothing is flushed.
    first.abort();
    let killed = first.await.expect_err("it was running");
    assert!(killed.is_cancelled());
    story.customers_subscribe(0).await.expect("subscribe");
    story.customers_join(WALLETS).await.expect("join");
    story.customers_subscribe(WALLETS).await.expect("subscribe");

    stack.flood().await;
    let second = spawn_local(indexer(stack.index(), stop.clone()));
    stack.flood().await;
    story.plans_change(&stack.network).await.expect("change");
    story.vouchers_claimed().await.expect("vouchers");
    story.stakes_begin().await.expect("stakes");
    story.some_run_dry().await.expect("dry");
    for month in 0..2 {
        story.month_passes(&stack.network).await.expect("month");
        if month == 0 {
            story.some_make_up().await.expect("recovery");
            story.some_refunds().await.expect("refunds");
            story.stakers_harvest().await.expect("harvest");
        }
        story.referrers_claim(&stack.network).await.expect("claim");
        story.points_move().await.expect("points");
    }
    story.some_cancel().await.expect("cancel");
    stack.caught_up().await;

    answers::compare(&stack, &story).await;

    let audited = audit::run(&stack.chain).await.expect("audit");
    assert_eq!(audited.report.findings, []);
    assert_eq!(audited.report.totals.members, 2 * WALLETS as u64);
    let mismatches = async || {
        audit::compare(&stack.chain, &stack.pool, &audited.events)
            .await
            .expect("comparison")
    };
    assert_eq!(mismatches().await, []);
    stack.assert_audit_exits_with(true, "everything holds");

    stop.cancel();
    second.await.expect("indexer").expect("it ends well");
    crank.await.expect("crank");

    // From here on nobody repairs the mirror.
    let event = audited.events[audited.events.len() / 2].clone();
    let (account, seq) = (event.event.receipt().account, event.event.receipt().seq);
    let wallet = story.customers[3].address();
    let member = tessera_client::address::member(&story.business.org, &wallet);

    let points = "update member set points = points + $2::int where address = $1::bytea";
    stack.execute(points, &member, 1).await;
    assert_eq!(mismatches().await, [Mismatch::Row(member)]);
    stack.assert_audit_exits_with(false, &member.to_string());
    stack.execute(points, &member, -1).await;
    assert_eq!(mismatches().await, []);

    let raw = "update event set raw = set_byte(raw, 70, get_byte(raw, 70) # 1)
               where account = $1::bytea and seq = $2::int";
    let receipt = i32::try_from(seq).expect("few receipts");
    stack.execute(raw, &account, receipt).await;
    let edited = Mismatch::Event {
        account,
        seq,
        what: "its columns",
    };
    assert_eq!(mismatches().await, [edited]);
    stack.assert_audit_exits_with(false, &format!("{account}, seq {seq}"));
    stack.execute(raw, &account, receipt).await;
    assert_eq!(mismatches().await, []);

    let delete = "delete from event where account = $1::bytea and seq = $2::int";
    stack.execute(delete, &account, receipt).await;
    let found = mismatches().await;
    assert_eq!(
        found.first(),
        Some(&Mismatch::MissingEvent { account, seq })
    );
    assert!(found.iter().all(|mismatch| names(mismatch, &account)));
    stack.assert_audit_exits_with(false, &format!("{account}, seq {seq}, is missing"));

    stack.stop().await;
}

fn names(mismatch: &Mismatch, expected: &Address) -> bool {
    match mismatch {
        Mismatch::MissingEvent { account, .. } | Mismatch::Event { account, .. } => {
            account == expected
        }
        Mismatch::Row(_) | Mismatch::Stray(_) | Mismatch::StrayEvent { .. } => false,
    }
}
