//! Places: until when they hold, how far the score is from them, and what is known of it then.

use super::{
    arrival::{events, rules},
    *,
};

const DAY_SECS: i64 = 86_400;

/// The place that keeping a person event by event ends with.
fn kept(of: &Definition, before: Option<&Kept>, news: News<'_>, now: Timestamp) -> Option<Kept> {
    let state = before.map(|it| it.state.as_slice());
    let moved = of.advance(state, news, now).expect("a state");
    moved.map_or_else(|| before.cloned(), |it| it.kept)
}

fn ranking(kept: &Kept) -> Ranking {
    serde_json::from_slice(&kept.state).expect("a state")
}

fn decaying(points: i32, most: u32, days: u32) -> ScoringModel {
    serde_json::from_value(json!({
        "groups": [{ "name": "a" }],
        "rules": [{ "id": "read", "group": "a", "when": { "event": "read" },
                    "points": points, "count": { "up_to": most }, "decay_days": days }],
    }))
    .expect("a model")
}

#[test]
fn an_event_that_is_ahead_waits_and_takes_nobodys_place() {
    let of = Definition::Score(decaying(10, 1, 4));
    let Definition::Score(model) = &of else {
        unreachable!("it is a score");
    };
    let now = Timestamp::from_secs(2 * DAY_SECS);
    let soon = now.plus_secs(60);
    let read = |at: Timestamp, id| event(id, "read", at.0, &json!({}));
    let seen = [read(Timestamp(0), 1), read(soon, 2)];
    let then = kept(&of, None, News::Added(&seen), now).expect("a place");
    assert_eq!((then.place.order_key, then.place.at), (5_000, now));
    assert_eq!(then.place.next, Some(soon));
    let told = |kept: &Kept, at| ranking(kept).score_at(model, at);
    assert_eq!(told(&then, now), Some(Millipoints(5_000)));
    assert_eq!(told(&then, soon), None, "it has happened by then");
    assert_eq!(of.is_behind(&then.state, now), Ok(false));
    assert_eq!(of.is_behind(&then.state, soon), Ok(true));
    // What was noted stays noted until everything is read again.
    let late = [read(Timestamp(5), 3)];
    let still = kept(&of, Some(&then), News::Added(&late), soon).expect("a place");
    assert_eq!(of.is_behind(&still.state, soon), Ok(true));
    let all = [seen.as_slice(), &late].concat();
    let there = kept(&of, Some(&still), News::All(&all), soon).expect("a place");
    assert_eq!(there.place.order_key, 10_000);
    assert_eq!(of.is_behind(&there.state, soon), Ok(false));
}

#[test]
fn what_does_not_fade_needs_no_other_look() {
    let of = Definition::Score(seed_model());
    let seen = [event(1, "demo_requested", 5, &json!({}))];
    let place = kept(&of, None, News::Added(&seen), Timestamp(9)).expect("a place");
    assert_eq!((place.place.order_key, place.place.next), (40_000, None));
    assert_eq!(seed_model().slack(), Millipoints(0));
}

#[test]
fn a_score_at_its_cap_or_at_nothing_is_its_place_until_it_moves() {
    let mut model = decaying(40, 3, 10);
    model.groups[0].cap = Some(60);
    let of = Definition::Score(model);
    let read: Vec<Event> = (0..3).map(|id| event(id, "read", 0, &json!({}))).collect();
    let top = kept(&of, None, News::Added(&read), Timestamp(0)).expect("a place");
    assert_eq!(
        (top.place.order_key, top.place.label.as_str()),
        (60_000, "still")
    );
    // Half of the 120 points are gone after five days.
    let moves = Timestamp::from_secs(5 * DAY_SECS + 60);
    assert_eq!(top.place.next, Some(moves));
    let moving = kept(&of, Some(&top), News::Later, moves).expect("a place");
    assert_eq!(moving.place.label, "");

    let of = Definition::Score(decaying(-40, 3, 10));
    let none = kept(&of, None, News::Added(&read), Timestamp(0)).expect("a place");
    assert_eq!(
        (none.place.order_key, none.place.label.as_str()),
        (0, "still")
    );
}

#[test]
fn a_slow_decay_is_looked_at_when_a_point_is_gone() {
    let of = Definition::Score(decaying(30, 1, 30));
    let seen = [event(1, "read", 0, &json!({}))];
    let place = kept(&of, None, News::Added(&seen), Timestamp(0)).expect("a place");
    let next = place.place.next.expect("it fades").secs();
    // A point a day, and a list may have begun ten minutes before.
    assert!(
        (DAY_SECS - 15 * 60..=DAY_SECS + 120).contains(&next),
        "{next}"
    );
    let gone = kept(
        &of,
        Some(&place),
        News::Later,
        Timestamp::from_secs(31 * DAY_SECS),
    );
    let gone = gone.expect("a place").place;
    assert_eq!((gone.order_key, gone.next), (0, None));
}

proptest! {
    #[test]
    fn a_place_that_holds_is_near_the_score_and_the_score_is_known(
        model in rules(),
        events in events(),
        now in (0..12 * MICROS_PER_DAY).prop_map(Timestamp),
        ages in prop::collection::vec(0..1_000_000_i64, 1..6),
    ) {
        let of = Definition::Score(model.clone());
        let Some(kept) = kept(&of, None, News::Added(&events), now) else {
            return Ok(());
        };
        prop_assert_eq!(kept.place.at, now);
        prop_assert_eq!(kept.place.order_key, score_as_of(&model, &events, now).total.0);
        let next = kept.place.next.unwrap_or(Timestamp(now.0 + 30 * MICROS_PER_DAY));
        prop_assert!(next > now);
        let slack = model.slack().0;
        let state = ranking(&kept);
        for part in ages {
            // From the beginning of the oldest list until the place is looked at again.
            let from = now.plus_secs(-LIST_SECS).0;
            let at = Timestamp(from + i64::try_from(
                i128::from(next.0 - 1 - from) * i128::from(part) / 1_000_000
            ).expect("a moment"));
            let own = score_as_of(&model, &events, at).total;
            if let Some(told) = state.score_at(&model, at) {
                prop_assert_eq!(told, own);
                let away = (told.0 - kept.place.order_key).abs();
                prop_assert!(away <= slack);
                prop_assert!(away == 0 || !state.is_still());
            } else {
                prop_assert!(at < now && events.iter().any(|it| it.at > at && it.at <= now));
            }
        }
        // A place that time brings up to date is that of all events.
        let later = of.advance(Some(&kept.state), News::Later, next).expect("a state");
        if kept.place.next.is_some() && of.is_behind(&kept.state, next) == Ok(false) {
            let again = of.advance(None, News::All(&events), next).expect("a state");
            prop_assert_eq!(later.and_then(|it| it.kept), again.and_then(|it| it.kept));
        }
    }
}
