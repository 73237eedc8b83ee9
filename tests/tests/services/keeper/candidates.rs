//! What is due, as the database lists it.

use crate::support::{
    database::Mirror,
    rows::{self, ORG, PLAN, SUBSCRIPTION, key},
};
use anyhow::Result;
use tessera_store::{
    Key, PgConnection,
    mirror::{
        keeper::{self, Mark, Postponement, Scope},
        subscription::SubscriptionRow,
    },
};

async fn listed(conn: &mut PgConnection, scope: &Scope, now: i64) -> Result<Vec<Key>> {
    let found = keeper::candidates(conn, scope, now, None, 100).await?;
    Ok(found.iter().map(|it| it.address).collect())
}

async fn mirror() -> Result<Mirror> {
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    rows::upsert(conn, &[rows::plan(1, 1), rows::plan(2, 2)]).await?;
    let row = |number, plan, next_due, state| SubscriptionRow {
        next_due,
        state,
        ..rows::subscription(number, plan, number)
    };
    let rows = [
        row(1, 1, 10_001, 2),
        row(2, 1, 10_000, 2),
        row(3, 2, 6_401, 3),
        row(4, 1, 6_400, 1),
        row(5, 1, 9_000, 4),
        row(6, 1, 9_000, 5),
    ];
    rows::upsert(conn, &rows).await?;
    Ok(mirror)
}

#[tokio::test]
async fn what_is_due_and_live_is_listed_longest_due_first_page_by_page() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let scope = Scope::default();
    let due = [4, 3, 2].map(|number| key(SUBSCRIPTION, number));
    assert_eq!(listed(conn, &scope, 10_000).await?, due);
    assert_eq!(listed(conn, &scope, 9_999).await?, due[..2]);
    let first = keeper::candidates(conn, &scope, 10_000, None, 1).await?;
    assert_eq!(first[0].address, due[0]);
    assert_eq!((first[0].plan, first[0].org), (key(PLAN, 1), key(ORG, 1)));
    let after = Some(Mark {
        next_due: first[0].next_due,
        address: first[0].address,
    });
    let rest = keeper::candidates(conn, &scope, 10_000, after, 9).await?;
    assert_eq!(
        rest.iter().map(|it| it.address).collect::<Vec<_>>(),
        due[1..]
    );
    Ok(())
}

#[tokio::test]
async fn an_allow_list_and_a_shard_leave_the_rest_out() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let only = Scope {
        orgs: vec![key(ORG, 2)],
        ..Scope::default()
    };
    assert_eq!(listed(conn, &only, 10_000).await?, [key(SUBSCRIPTION, 3)]);
    let mint = keeper::candidates(conn, &only, 10_000, None, 1).await?[0].mint;
    let paid_in = |mints| Scope {
        mints,
        ..Scope::default()
    };
    assert!(
        listed(conn, &paid_in(vec![Key([9; 32])]), 10_000)
            .await?
            .is_empty()
    );
    assert!(
        listed(conn, &paid_in(vec![mint]), 10_000)
            .await?
            .contains(&key(SUBSCRIPTION, 3))
    );
    let mut all = Vec::new();
    for shard in 0..3 {
        let part = Scope {
            shard,
            shards: 3,
            ..Scope::default()
        };
        all.extend(listed(conn, &part, 10_000).await?);
    }
    all.sort_unstable();
    let mut expected = listed(conn, &Scope::default(), 10_000).await?;
    expected.sort_unstable();
    assert_eq!(all, expected);
    Ok(())
}

#[tokio::test]
async fn a_period_is_left_alone_twice_as_long_each_time_and_the_next_one_is_not() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let scope = Scope::default();
    let it = key(SUBSCRIPTION, 3);
    let leave = |at_latest| Postponement {
        subscription: it,
        next_due: 6_401,
        at_latest,
        with_others: false,
        reason: "it cannot pay".to_owned(),
    };
    let mut now = 10_000;
    for pause in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        keeper::postpone(conn, now, &[leave(i64::MAX)]).await?;
        assert!(!listed(conn, &scope, now + pause - 1).await?.contains(&it));
        now += pause;
        assert!(listed(conn, &scope, now).await?.contains(&it), "{pause}");
    }
    // Not beyond the moment at which something else can be done with it.
    keeper::postpone(conn, now, &[leave(now + 10)]).await?;
    assert!(!listed(conn, &scope, now + 9).await?.contains(&it));
    assert!(listed(conn, &scope, now + 10).await?.contains(&it));

    keeper::postpone(conn, now, &[leave(i64::MAX)]).await?;
    assert_eq!(keeper::forget_settled(conn).await?, 0);
    let paid = SubscriptionRow {
        next_due: now,
        slot: i64::MAX,
        ..rows::subscription(3, 2, 3)
    };
    rows::upsert(conn, &[paid]).await?;
    assert!(listed(conn, &scope, now).await?.contains(&it));
    assert_eq!(keeper::forget_settled(conn).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_waits_for_others_is_looked_at_when_they_are_and_not_twice_as_long_each_time()
-> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let scope = Scope::default();
    let leave = |number, next_due, at_latest| Postponement {
        subscription: key(SUBSCRIPTION, number),
        next_due,
        at_latest,
        with_others: true,
        reason: "it waits for others".to_owned(),
    };
    // Tried at moments of their own, again and again.
    for now in [10_000, 10_200, 10_499] {
        keeper::postpone(conn, now, &[leave(3, 6_401, i64::MAX)]).await?;
    }
    keeper::postpone(conn, 10_350, &[leave(4, 6_400, i64::MAX)]).await?;
    let both = [4, 3].map(|number| key(SUBSCRIPTION, number));
    let others = [2, 1].map(|number| key(SUBSCRIPTION, number));
    assert_eq!(listed(conn, &scope, 10_499).await?, others);
    assert_eq!(listed(conn, &scope, 10_500).await?[..2], both);
    // At a moment that they share they wait for the next one, and not past what changes before it.
    let again = [leave(3, 6_401, i64::MAX), leave(4, 6_400, 10_620)];
    keeper::postpone(conn, 10_500, &again).await?;
    assert_eq!(listed(conn, &scope, 10_619).await?, others);
    assert_eq!(listed(conn, &scope, 10_620).await?[..1], both[..1]);
    assert!(!listed(conn, &scope, 10_799).await?.contains(&both[1]));
    assert_eq!(listed(conn, &scope, 10_800).await?[..2], both);
    Ok(())
}
