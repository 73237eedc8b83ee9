//! The whole of Tessera on real parts: the compiled program in an embedded network, a real
//! PostgreSQL, the indexer, the keeper and the API.

mod answers;
mod dev;
mod engine;
mod expected;
mod mails;
mod stack;
mod walks;

use stack::{Stack, indexer};
use tessera_cli::audit::Mismatch;
use tessera_client::{Event, types::events::Receipt};
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
    let keeper = stack.keeper();
    let keeper = spawn_local({
        let stop = stop.clone();
        async move { keeper.run(stop).await }
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
    stack.settled().await;

    answers::compare(&stack, &story).await;

    let (proof, passed) = stack.audit().await;
    assert_eq!(proof.report.totals.members, 2 * WALLETS as u64);
    assert_eq!(stack.mismatches().await, []);
    stack
        .assert_audit_exits_with(true, "everything holds")
        .await;

    stop.cancel();
    second.await.expect("indexer").expect("it ends well");
    keeper.await.expect("keeper").expect("one network");

    // From here on nobody repairs the mirror, which still follows the chain.
    let stop = CancellationToken::new();
    let third = spawn_local(indexer(stack.index().trusting(), stop.clone()));
    stack.reconciled().await;
    let charges = passed.iter().filter_map(|(_, event)| match event {
        Event::Charged(charged, _) => Some(charged.receipt),
        _ => None,
    });
    let charges: Vec<Receipt> = charges.collect();
    let Receipt { account, seq, .. } = charges[charges.len() / 2];
    let wallet = story.customers[3].address();
    let member = tessera_client::address::member(&story.business.org, &wallet);

    let points = "update member set points = points + $2::int where address = $1::bytea";
    stack.execute(points, &member, 1).await;
    assert_eq!(stack.mismatches().await, [Mismatch::Row(member)]);
    stack
        .assert_audit_exits_with(false, &member.to_string())
        .await;
    stack.execute(points, &member, -1).await;
    assert_eq!(stack.mismatches().await, []);

    let body = "update receipt set body = set_byte(body, 4, get_byte(body, 4) # 1) from life
                where life.id = life_id and address = $1::bytea and seq = $2::int";
    let receipt = i32::try_from(seq).expect("few receipts");
    stack.execute(body, &account, receipt).await;
    let edited = Mismatch::Receipt {
        account,
        seq,
        what: "its columns",
    };
    assert_eq!(stack.mismatches().await, [edited]);
    let named = format!("receipt {seq} of account {account}");
    stack.assert_audit_exits_with(false, &named).await;
    stack.execute(body, &account, receipt).await;
    assert_eq!(stack.mismatches().await, []);

    let delete = "delete from receipt using life
                  where life.id = life_id and address = $1::bytea and seq = $2::int";
    stack.execute(delete, &account, receipt).await;
    let missing = Mismatch::MissingReceipt { account, seq };
    assert_eq!(stack.mismatches().await, std::slice::from_ref(&missing));
    let named = format!("{named} is missing");
    stack.assert_audit_exits_with(false, &named).await;

    let stray = "insert into receipt
                 select arrival + 1000000, slot, $2::int, at, tx_index, life_id, org_id, plan_id, kind,
                        outer_ix, inner_ix + 100, signature, body
                 from receipt
                 where seq = 1 and life_id in (select id from life where address = $1::bytea)";
    stack.execute(stray, &account, receipt).await;
    let found = stack.mismatches().await;
    assert!(
        matches!(&found[..], [Mismatch::StrayReceipt { .. }, last] if *last == missing),
        "{found:?}"
    );

    stop.cancel();
    third.await.expect("indexer").expect("it ends well");
    stack.stop().await;
}
