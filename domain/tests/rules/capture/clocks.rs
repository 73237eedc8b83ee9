//! Clocks of devices that are off: what `sent_at` corrects, and what stays impossible.

use super::{NOW, item, window};
use serde_json::{Value, json};
use tessera_domain::{
    capture::{MAX_AGE_SECS, MAX_AHEAD_SECS, MAX_SKEW_SECS, Window, accept, reason, seed_registry},
    time::Timestamp,
};

/// An item that says this of its times, in a batch that was sent at `batch`; seconds from now. When it
/// happened, or why it is refused: code and field.
fn at(
    timestamp: i64,
    sent_at: Option<i64>,
    batch: Option<i64>,
) -> Result<i64, (&'static str, String)> {
    let mut item = item();
    item.insert(
        "timestamp".to_owned(),
        json!(NOW.plus_secs(timestamp).to_string()),
    );
    let sent_at = sent_at.map(|secs| NOW.plus_secs(secs).to_string());
    item.insert("sent_at".to_owned(), json!(sent_at));
    taken(&Value::Object(item), batch.map(|secs| NOW.plus_secs(secs)))
        .map(|at| at.secs() - NOW.secs())
}

fn taken(item: &Value, batch: Option<Timestamp>) -> Result<Timestamp, (&'static str, String)> {
    let window = Window {
        sent_at: batch,
        ..window()
    };
    accept(&item.to_string(), &seed_registry(), window)
        .map(|captured| captured.event.at)
        .map_err(|rejected| (rejected.refusal.code, rejected.refusal.field))
}

#[test]
fn what_is_impossible_by_any_clock_is_refused() {
    let timestamp = |code| Err((code, "timestamp".to_owned()));
    // Happened after it was sent.
    assert_eq!(
        at(MAX_AHEAD_SECS + 1, Some(0), None),
        timestamp(reason::FUTURE)
    );
    assert_eq!(
        at(3_600 + MAX_AHEAD_SECS + 1, Some(3_600), None),
        timestamp(reason::FUTURE)
    );
    // Too old when it was sent.
    assert_eq!(
        at(-MAX_AGE_SECS + 3_599, Some(3_600), None),
        timestamp(reason::TOO_LATE)
    );
    // A clock that is off by more than a day is not believed, nor is what it says of the event.
    assert_eq!(
        at(MAX_SKEW_SECS, Some(MAX_SKEW_SECS + 1), None),
        timestamp(reason::FUTURE)
    );
    for wrong in [json!("now"), json!(1), json!("2026-01-31"), json!({})] {
        let mut item = item();
        item.insert("sent_at".to_owned(), wrong.clone());
        let refused = (reason::INVALID_VALUE, "sent_at".to_owned());
        assert_eq!(taken(&Value::Object(item), None), Err(refused), "{wrong}");
    }
}

#[test]
fn an_event_happened_as_long_before_its_arrival_as_before_its_sending() {
    // A clock that is an hour ahead, one that is an hour behind, one that is right.
    assert_eq!(at(3_600 - 30, Some(3_600), None), Ok(-30));
    assert_eq!(at(-3_600 - 30, Some(-3_600), None), Ok(-30));
    assert_eq!(at(-30, Some(0), None), Ok(-30));
    // To the day, and not beyond.
    for day in [MAX_SKEW_SECS, -MAX_SKEW_SECS] {
        assert_eq!(at(day - 5, Some(day), None), Ok(-5));
    }
    let stored = -MAX_SKEW_SECS - 1;
    assert_eq!(at(stored - 5, Some(stored), None), Ok(stored - 5));
    // By what an item says of itself before what its batch says.
    assert_eq!(at(3_600 - 30, None, Some(3_600)), Ok(-30));
    assert_eq!(at(-7_200 - 30, Some(-7_200), Some(3_600)), Ok(-30));
    assert_eq!(at(-30, None, None), Ok(-30));
    // Without a moment, it happened when it arrived.
    let mut item = item();
    item.insert("sent_at".to_owned(), json!(NOW.plus_secs(50).to_string()));
    assert_eq!(taken(&Value::Object(item), None), Ok(NOW));
}

#[test]
fn a_message_that_is_sent_again_later_is_the_same() {
    let mut item = item();
    let mut hash = |sent_at: i64| {
        item.insert(
            "sent_at".to_owned(),
            json!(NOW.plus_secs(sent_at).to_string()),
        );
        let text = Value::Object(item.clone()).to_string();
        accept(&text, &seed_registry(), window()).map(|it| it.body_hash)
    };
    let (first, second) = (hash(-60), hash(0));
    assert!(first.is_ok());
    assert_eq!(first, second);
    item.remove("sent_at");
    let text = Value::Object(item).to_string();
    let without = accept(&text, &seed_registry(), window()).map(|it| it.body_hash);
    assert_eq!(without, first);
}
