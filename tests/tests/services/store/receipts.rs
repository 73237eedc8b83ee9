//! The store's promises about receipts: once each, what stays before what may vanish, and each under
//! the life, org and plan that it belongs to.

use crate::support::{
    database::Mirror,
    history::{History, TRIAL, address, follow},
    rows::{
        LEDGER, MINT, ORG, PLAN, SUBSCRIPTION, WALLET, authority, key, org, plan, subscription,
        upsert,
    },
};
use anyhow::{Context, Result};
use bytemuck::Zeroable;
use tessera_store::{
    Key, PgConnection,
    mirror::{
        authority::AuthorityRow,
        cursor,
        receipt::{self, NewReceipt, Place, ReceiptRow},
        subscription::SubscriptionRow,
        unsettled::{self, Unsettled, unread_delegates},
    },
};
use tessera_types::events::{Cancelled, Closed, LedgerShare, Refunded, Settlement};

const MOST: u64 = u64::MAX;

fn share(number: u8) -> LedgerShare {
    LedgerShare {
        ledger: address(key(LEDGER, number)),
        amount: MOST,
    }
}

/// Org 1, its plan 1, and a subscription that pays the most that there is, and gets it back.
pub(crate) fn history() -> History {
    let mut history = History::of(&[org(1)]);
    history.open(&[plan(1, 1)]);
    let paid = Settlement {
        debit: MOST,
        merchant: MOST - 1,
        debt_repaid: MOST,
        points: MOST,
        flags: 1,
        ..TRIAL
    };
    history.pay(&subscription(1, 1, 1), paid, &[share(1), share(2)]);
    history.shared(key(SUBSCRIPTION, 1), &[share(1)], |receipt| Refunded {
        receipt,
        amount: MOST,
        from_vault: 1,
        points: MOST,
        ..Refunded::zeroed()
    });
    history
}

#[tokio::test]
async fn who_pays_for_subscriptions_is_known_from_receipts_alone() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let mut history = History::of(&[org(1)]);
    history.open(&[plan(1, 1)]);
    // Zero bytes are stored shorter than they are.
    let mut payer_token = [7; 32];
    payer_token[2..9].fill(0);
    payer_token[20] = 0;
    let paid_from = SubscriptionRow {
        payer_token: Key(payer_token),
        ..subscription(1, 1, 1)
    };
    history.pay(&paid_from, TRIAL, &[]);
    history.store(&mirror.pool).await?;
    assert_eq!(unread_delegates(conn).await?, [Key(payer_token)]);
    let delegate = AuthorityRow {
        token_account: Key(payer_token),
        ..authority(1)
    };
    upsert(conn, &[delegate]).await?;
    assert_eq!(unread_delegates(conn).await?, []);
    Ok(())
}

/// A database that follows the network.
pub(crate) async fn mirror() -> Result<Mirror> {
    let mirror = Mirror::create().await?;
    follow(&mut *mirror.pool.acquire().await?).await?;
    Ok(mirror)
}

pub(crate) async fn stored(conn: &mut PgConnection) -> Result<Vec<ReceiptRow>> {
    Ok(receipt::page(conn, None, 100).await?)
}

async fn count(conn: &mut PgConnection, table: &str) -> Result<i64> {
    let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    Ok(sqlx::query_scalar(count).fetch_one(conn).await?)
}

/// Rows of charges, refunds, commissions and lives.
async fn counts(conn: &mut PgConnection) -> Result<[i64; 4]> {
    let mut counts = [0; 4];
    for (found, table) in counts
        .iter_mut()
        .zip(["charge", "refund", "commission", "life"])
    {
        *found = count(conn, table).await?;
    }
    Ok(counts)
}

/// The first column of the only row, as text.
async fn text(conn: &mut PgConnection, query: &'static str) -> Result<String> {
    Ok(sqlx::query_scalar(query).fetch_one(conn).await?)
}

#[tokio::test]
async fn the_same_receipt_twice_is_once_with_what_it_moved() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let receipts = history().receipts;
    let first = receipt::insert(&mut conn, &receipts[..3], false).await?;
    assert_eq!((first.new, first.replaced), (3, 0));
    for settled in [false, true] {
        let again = receipt::insert(&mut conn, &receipts, settled).await?;
        assert_eq!((again.new, again.replaced), (usize::from(!settled), 0));
    }
    let rows = stored(&mut conn).await?;
    assert_eq!(rows.len(), receipts.len());
    for (row, receipt) in rows.iter().zip(&receipts) {
        assert_eq!(
            (row.place(), row.signature, row.kind.as_str(), row.account),
            (
                receipt.place,
                receipt.signature,
                receipt.kind,
                receipt.account
            )
        );
        assert_eq!(
            (row.life, row.seq, row.at, &row.body, row.org),
            (
                receipt.life,
                receipt.seq,
                receipt.at,
                &receipt.body,
                Some(key(ORG, 1))
            )
        );
    }
    assert_eq!(counts(&mut conn).await?, [1, 1, 3, 3]);
    let charge = text(
        &mut conn,
        "select concat_ws(' ', debit, merchant, debt_repaid, points, flags, period_start) from charge",
    );
    assert_eq!(
        charge.await?,
        format!("{MOST} {} {MOST} {MOST} 1 1000", MOST - 1)
    );
    let refund = "select concat_ws(' ', amount, from_vault, points) from refund";
    assert_eq!(text(&mut conn, refund).await?, format!("{MOST} 1 {MOST}"));
    let commissions =
        "select string_agg(concat_ws(' ', level, amount), ', ' order by arrival, level)
                       from commission";
    assert_eq!(
        text(&mut conn, commissions).await?,
        format!("1 {MOST}, 2 {MOST}, 1 -{MOST}")
    );
    Ok(())
}

/// What contradicts the third receipt of [`history`], and how many lives there are when it is stored
/// instead.
fn contradictions() -> [(&'static str, NewReceipt, i64); 4] {
    let third = || history().receipts.remove(2);
    let later = NewReceipt {
        place: Place {
            slot: 120,
            ..third().place
        },
        ..third()
    };
    let other_transaction = NewReceipt {
        signature: [9; 64],
        ..third()
    };
    let mut edited = third();
    edited.body[0] ^= 1;
    let other_account = NewReceipt {
        place: third().place,
        ..History::of(&[subscription(2, 1, 2)]).receipts.remove(0)
    };
    [
        ("its number at another place", later, 3),
        ("its place in another transaction", other_transaction, 3),
        ("other bytes", edited, 3),
        ("another account's in its place", other_account, 3),
    ]
}

#[tokio::test]
async fn what_stays_replaces_what_contradicts_it_with_what_that_moved() -> Result<()> {
    for (what, receipt, lives) in contradictions() {
        let mirror = mirror().await?;
        let mut conn = mirror.pool.acquire().await?;
        let mut receipts = history().receipts;
        receipts.truncate(3);
        receipt::insert(&mut conn, &receipts, false).await?;
        sqlx::query("update life set proven_seq = 1")
            .execute(&mut *conn)
            .await?;

        let found = [receipt.clone()];
        let refused = receipt::insert(&mut conn, &found, false).await?;
        assert_eq!((refused.new, refused.replaced), (0, 0), "{what}");
        let third = stored(&mut conn).await?.remove(2);
        assert_eq!(third.place(), receipts[2].place, "{what}");
        assert_eq!(third.body, receipts[2].body, "{what}");

        let replaced = receipt::insert(&mut conn, &found, true).await?;
        assert_eq!((replaced.new, replaced.replaced), (1, 1), "{what}");
        let rows = stored(&mut conn).await?;
        assert_eq!(rows.len(), 3, "{what}");
        assert_eq!(
            (rows[2].place(), rows[2].signature, &rows[2].body),
            (receipt.place, receipt.signature, &receipt.body),
            "{what}"
        );
        assert_eq!(rows[2].account, receipt.account, "{what}");
        let shares = i64::try_from(receipt.commissions.len())?;
        assert_eq!(counts(&mut conn).await?, [1, 0, shares, lives], "{what}");
        let proven: i64 = sqlx::query_scalar(
            "select sum(proven_seq)::bigint from life where address = $1 or kind = 'Subscription'",
        )
        .bind(receipt.account)
        .fetch_one(&mut *conn)
        .await?;
        assert_eq!(proven, 0, "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn a_receipt_whose_parent_is_not_known_yet_is_adopted_with_a_new_number() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let receipts = history().receipts;
    let of_org = "select coalesce(string_agg(kind::text, ', ' order by arrival), '')
                  from receipt where org_id is not null";
    let money = "select concat_ws(' ', (select count(*) from charge join receipt using (arrival, org_id)),
                                  (select count(*) from refund join receipt using (arrival, org_id)),
                                  (select count(*) from commission join receipt using (arrival)
                                   where org_id is not null))";
    receipt::insert(&mut conn, &receipts[2..], true).await?;
    receipt::insert(&mut conn, &receipts[..1], true).await?;
    assert_eq!(text(&mut conn, of_org).await?, "OrgCreated");
    assert_eq!(text(&mut conn, money).await?, "0 0 0");
    let before = cursor::read(&mut conn).await?.context("a cursor")?.arrival;

    let adopting = receipt::insert(&mut conn, &receipts[1..2], true).await?;
    assert_eq!(
        adopting.disordered.len(),
        1,
        "the subscription's plan is known only now"
    );
    assert_eq!(
        text(&mut conn, of_org).await?,
        "OrgCreated, Subscribed, Refunded, PlanCreated"
    );
    assert_eq!(text(&mut conn, money).await?, "1 1 3");
    let numbers: Vec<i64> =
        sqlx::query_scalar("select arrival from receipt where kind <> 'OrgCreated'")
            .fetch_all(&mut *conn)
            .await?;
    let last = cursor::read(&mut conn).await?.context("a cursor")?.arrival;
    assert!(
        numbers
            .iter()
            .all(|number| (before + 1..=last).contains(number)),
        "{numbers:?} behind {before} up to {last}"
    );
    let mint: Key = sqlx::query_scalar("select mint from life where kind = 'Subscription'")
        .fetch_one(&mut *conn)
        .await?;
    assert_eq!(mint, key(MINT, 1));
    Ok(())
}

#[tokio::test]
async fn an_org_of_another_fork_is_its_own_and_goes_alone() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let receipts = history().receipts;
    receipt::insert(&mut conn, &receipts[..1], false).await?;
    let mut landed: Vec<NewReceipt> = receipts[..2].to_vec();
    for receipt in &mut landed {
        receipt.place.slot += 1;
    }
    landed[0].life += 1;
    receipt::insert(&mut conn, &landed, false).await?;
    let own =
        "select string_agg((org_id = id)::text, ', ' order by id) from life where kind = 'Org'";
    assert_eq!(text(&mut conn, own).await?, "true, true");

    let seen = |receipt: &NewReceipt| Unsettled {
        signature: receipt.signature,
        slot: receipt.place.slot,
        tx_index: receipt.place.tx_index,
        touched: vec![],
    };
    let (first, second) = (seen(&receipts[0]), seen(&landed[0]));
    assert_eq!(first.signature, second.signature);
    unsettled::add(&mut conn, std::slice::from_ref(&first)).await?;
    unsettled::add(&mut conn, std::slice::from_ref(&second)).await?;
    let listed = (second.slot, second.signature, Some(second.tx_index));
    assert_eq!(unsettled::stays(&mut conn, &[listed]).await?.len(), 1);
    let vanished = unsettled::unlisted(&mut conn, second.slot).await?;
    assert_eq!(vanished, [first], "it stays in one slot only");
    receipt::remove_transactions(&mut conn, &vanished).await?;
    let left = "select string_agg(concat_ws(' ', kind, life.slot), ', ' order by life.id)
                from (select id, kind, life as slot from life) life";
    let (org, plan) = (landed[0].life, landed[1].life);
    assert_eq!(
        text(&mut conn, left).await?,
        format!("Org {org}, Plan {plan}")
    );
    Ok(())
}

#[tokio::test]
async fn a_receipt_out_of_turn_names_its_life() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let mut history = history();
    history.push(key(SUBSCRIPTION, 1), |receipt| Cancelled {
        receipt,
        ..Cancelled::zeroed()
    });
    let receipts = history.receipts;
    let insert = async |conn: &mut PgConnection, receipt: usize| {
        receipt::insert(conn, &receipts[receipt..=receipt], true).await
    };
    for (receipt, disordered) in [(0, 0), (1, 0), (2, 0), (4, 1), (3, 1)] {
        let inserted = insert(&mut conn, receipt).await?;
        assert_eq!((inserted.new, inserted.disordered.len()), (1, disordered));
    }
    Ok(())
}

#[tokio::test]
async fn what_vanished_takes_receipts_money_and_lives_with_it() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let receipts = history().receipts;
    receipt::insert(&mut conn, &receipts, false).await?;
    sqlx::query("update life set proven_seq = 1")
        .execute(&mut *conn)
        .await?;
    let transaction = |receipt: &NewReceipt| Unsettled {
        signature: receipt.signature,
        slot: receipt.place.slot,
        tx_index: receipt.place.tx_index,
        touched: vec![],
    };
    let elsewhere = Unsettled {
        slot: 1,
        ..transaction(&receipts[3])
    };
    let undone = receipt::remove_transactions(&mut conn, &[elsewhere]).await?;
    assert_eq!((undone.receipts, undone.lives.len()), (0, 0));

    let undone = receipt::remove_transactions(&mut conn, &[transaction(&receipts[3])]).await?;
    assert_eq!((undone.receipts, undone.lives.len()), (1, 1));
    assert_eq!(counts(&mut conn).await?, [1, 0, 2, 3]);
    let proven = "select string_agg(concat(kind, ' ', proven_seq), ', ' order by kind) from life";
    assert_eq!(
        text(&mut conn, proven).await?,
        "Org 1, Plan 1, Subscription 0"
    );

    receipt::remove(&mut conn, &[receipts[2].place, receipts[1].place]).await?;
    assert_eq!(counts(&mut conn).await?, [0, 0, 0, 1]);
    // The chain has them again, elsewhere.
    let back: Vec<NewReceipt> = receipts[1..]
        .iter()
        .cloned()
        .map(|receipt| NewReceipt {
            place: Place {
                slot: receipt.place.slot + 10,
                ..receipt.place
            },
            ..receipt
        })
        .collect();
    receipt::insert(&mut conn, &back, true).await?;
    assert_eq!(counts(&mut conn).await?, [1, 1, 3, 3]);
    let rows = stored(&mut conn).await?;
    assert!(rows.iter().all(|row| row.org == Some(key(ORG, 1))));
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_opened_again_has_another_life() -> Result<()> {
    let mirror = mirror().await?;
    let mut conn = mirror.pool.acquire().await?;
    let mut history = history();
    let row = subscription(1, 1, 1);
    history.push(row.address, |receipt| Closed {
        receipt,
        ..Closed::zeroed()
    });
    history.reopen(row.address);
    history.pay(&row, TRIAL, &[]);
    let inserted = receipt::insert(&mut conn, &history.receipts, true).await?;
    assert_eq!((inserted.new, inserted.disordered.len()), (6, 0));
    let rows = stored(&mut conn).await?;
    let lives: Vec<_> = rows[2..].iter().map(|row| (row.life, row.seq)).collect();
    assert_eq!(lives, [(4, 1), (4, 2), (4, 3), (106, 1)]);
    assert!(rows.iter().all(|row| row.org == Some(key(ORG, 1))));
    assert!(rows[1..].iter().all(|row| row.plan == Some(key(PLAN, 1))));
    assert!(
        rows[2..]
            .iter()
            .all(|row| row.wallet == Some(key(WALLET, 1)))
    );
    Ok(())
}
