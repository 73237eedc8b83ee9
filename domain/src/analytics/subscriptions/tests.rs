use super::*;
use serde_json::json;

fn event(secs: i64, name: &str, account: &str, amount: u64) -> Event {
    let properties = json!({
        "account": account, "plan": "p", "mint": "m", "amount": amount.to_string(),
    });
    Event {
        id: Uuid::from_u128(u128::from(secs.unsigned_abs()) * 1_000 + u128::from(amount)),
        name: name.to_owned(),
        at: Timestamp::from_secs(secs),
        properties: properties.as_object().cloned().unwrap_or_default(),
    }
}

/// The amount paid for each subscription, and how it ended.
fn found(events: Vec<Event>) -> Vec<(u64, Option<(i64, EndKind)>)> {
    within(events, Grace::Secs(0))
}

fn within(mut events: Vec<Event>, grace: Grace) -> Vec<(u64, Option<(i64, EndKind)>)> {
    let of = |events: &[Event]| -> Vec<_> {
        let paid = |it: &Subscription| it.paid().values().sum();
        subscriptions(events, grace)
            .iter()
            .map(|it| (paid(it), it.end.map(|end| (end.at.secs(), end.kind))))
            .collect()
    };
    let in_order = of(&events);
    events.reverse();
    assert_eq!(of(&events), in_order, "the order of arrival matters");
    in_order
}

#[test]
fn events_of_an_unknown_account_change_nothing() {
    let events = vec![
        event(1, "charged", "a", 5),
        event(2, "subscribed", "b", 7),
        event(3, "refunded", "a", 7),
        event(4, "cancelled", "a", 0),
    ];
    assert_eq!(found(events), [(7, None)]);
}

#[test]
fn a_refund_takes_no_more_than_was_paid_until_then() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(2, "charged", "a", 10),
        event(2, "refunded", "a", 13),
        event(3, "charged", "a", 4),
    ];
    assert_eq!(found(events), [(11, None)]);
    let more = vec![
        event(1, "subscribed", "a", 10),
        event(2, "refunded", "a", 99),
    ];
    assert_eq!(found(more), [(0, None)]);
}

#[test]
fn a_trial_and_a_payment_refunded_whole_are_no_payments() {
    let events = [
        event(1, "subscribed", "a", 0),
        event(2, "charged", "a", 10),
        event(3, "charged", "a", 12),
        event(4, "refunded", "a", 12),
    ];
    let payments = subscriptions(&events, Grace::OnePeriod).remove(0).payments;
    let expected = Payment {
        at: Timestamp::from_secs(2),
        mint: "m".to_owned(),
        amount: 10,
    };
    assert_eq!(payments, [expected]);
}

#[test]
fn a_missed_payment_ends_it_unless_one_came_after_all() {
    let mut events = vec![
        event(1, "subscribed", "a", 10),
        event(5, "past_due", "a", 10),
        event(9, "lapsed", "a", 0),
    ];
    assert_eq!(found(events.clone()), [(10, Some((5, EndKind::Lapsed)))]);
    events.push(event(9, "charged", "a", 10));
    assert_eq!(found(events), [(20, None)]);
}

#[test]
fn the_first_end_counts() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(3, "cancelled", "a", 0),
        event(5, "past_due", "a", 10),
    ];
    assert_eq!(found(events), [(10, Some((3, EndKind::Cancelled)))]);
}

#[test]
fn an_address_that_is_subscribed_again_is_another_subscription() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(2, "charged", "a", 1),
        event(3, "cancelled", "a", 0),
        event(8, "subscribed", "a", 20),
        event(9, "charged", "a", 2),
    ];
    assert_eq!(
        found(events),
        [(11, Some((3, EndKind::Cancelled))), (22, None)]
    );
}

/// The same, no change of plan taken into account.
fn apart(events: &[Event]) -> Vec<(u64, Option<(i64, EndKind)>)> {
    let found = agreed(events);
    let end = |it: &Subscription| it.end.map(|end| (end.at.secs(), end.kind));
    found
        .iter()
        .map(|it| (it.paid().values().sum(), end(it)))
        .collect()
}

/// The same with the numbers of their receipts, in the order given.
fn numbered(events: Vec<Event>) -> Vec<Event> {
    let number = |(seq, mut event): (u64, Event)| {
        event.properties.insert(SEQ_PROPERTY.to_owned(), json!(seq));
        // The order of ids says nothing.
        event.id = Uuid::from_u128(u128::MAX - u128::from(seq));
        event
    };
    (1..).zip(events).map(number).collect()
}

#[test]
fn who_cancels_and_signs_again_within_a_second_cancelled_what_was_there_before() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(8, "charged", "a", 1),
        event(8, "cancelled", "a", 0),
        event(8, "subscribed", "a", 20),
    ];
    let expected = [(11, Some((8, EndKind::Cancelled))), (20, None)];
    assert_eq!(apart(&numbered(events.clone())), expected);
    let whole = [(31, None)];
    assert_eq!(within(numbered(events.clone()), Grace::Secs(5)), whole);
    // Without the order on the chain too, except for the payment.
    let paid = [(10, Some((8, EndKind::Cancelled))), (21, None)];
    assert_eq!(apart(&events), paid);
}

#[test]
fn who_signs_and_cancels_within_a_second_cancelled_the_new_one() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(3, "cancelled", "a", 0),
        event(8, "subscribed", "a", 20),
        event(8, "cancelled", "a", 0),
    ];
    let cancelled = |at| Some((at, EndKind::Cancelled));
    let expected = [(10, cancelled(3)), (20, cancelled(8))];
    assert_eq!(found(numbered(events.clone())), expected);
    assert_eq!(found(events), expected);
}

#[test]
fn what_is_signed_cancelled_and_signed_within_a_second_goes_on() {
    let events = vec![
        event(8, "subscribed", "a", 10),
        event(8, "cancelled", "a", 0),
        event(8, "subscribed", "a", 20),
    ];
    let expected = [(10, Some((8, EndKind::Cancelled))), (20, None)];
    assert_eq!(apart(&numbered(events.clone())), expected);
    assert_eq!(
        within(numbered(events.clone()), Grace::Secs(5)),
        [(30, None)]
    );
    let mut again = events;
    again.push(event(8, "cancelled", "a", 0));
    again.push(event(8, "subscribed", "a", 5));
    assert_eq!(within(numbered(again), Grace::Secs(5)), [(35, None)]);
}

#[test]
fn a_change_of_plan_is_one_subscription_over_both_accounts() {
    let events = vec![
        event(1, "subscribed", "a", 10),
        event(2, "charged", "a", 1),
        event(3, "cancelled", "a", 0),
        event(8, "subscribed", "b", 20),
        event(9, "refunded", "b", 5),
        event(12, "cancelled", "b", 0),
    ];
    let cancelled = Some((12, EndKind::Cancelled));
    assert_eq!(within(events.clone(), Grace::Secs(5)), [(26, cancelled)]);
    let apart = [(11, Some((3, EndKind::Cancelled))), (15, cancelled)];
    assert_eq!(within(events, Grace::Secs(4)), apart);
}

#[test]
fn what_lapsed_or_is_another_wallets_is_no_change_of_plan() {
    let lapsed = vec![
        event(1, "subscribed", "a", 10),
        event(3, "past_due", "a", 0),
        event(4, "subscribed", "b", 20),
    ];
    assert_eq!(within(lapsed, Grace::OnePeriod).len(), 2);
    let mut others = vec![
        event(1, "subscribed", "a", 10),
        event(3, "cancelled", "a", 0),
        event(4, "subscribed", "b", 20),
    ];
    for (event, wallet) in others.iter_mut().zip(["one", "one", "two"]) {
        event.properties.insert("wallet".to_owned(), json!(wallet));
    }
    assert_eq!(within(others, Grace::OnePeriod).len(), 2);
}
