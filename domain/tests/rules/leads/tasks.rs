//! Tasks: when they are due, and what happens while they are late.

use super::{moment, office, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    leads::{
        tasks::{Recipient, Schedule, Standing, TaskPolicy, TaskState},
        working_hours::MAX_SEARCH_DAYS,
    },
    time::Timestamp,
};

fn policy(due_secs: u32, escalations: Value) -> TaskPolicy {
    read(json!({ "kind": "first_call", "due_secs": due_secs, "escalations": escalations }))
}

fn manager(late_secs: u32) -> Value {
    json!({ "late_secs": late_secs, "to": { "kind": "manager" } })
}

fn queue(late_secs: u32, name: &str) -> Value {
    json!({ "late_secs": late_secs, "to": { "kind": "queue", "name": name } })
}

#[test]
fn a_policy_that_cannot_be_kept_is_refused_by_its_field() {
    let many: Vec<Value> = (0..11).map(manager).collect();
    for (policy, field) in [
        (policy(0, json!([])), "due_secs"),
        (policy(13 * 40 * 3_600 + 1, json!([])), "due_secs"),
        (
            policy(1, json!([manager(5), manager(5)])),
            "escalations[1].late_secs",
        ),
        (
            policy(1, json!([manager(13 * 40 * 3_600 + 1)])),
            "escalations[0].late_secs",
        ),
        (
            policy(1, json!([queue(0, "All hands")])),
            "escalations[0].to.name",
        ),
        (policy(1, json!(many)), "escalations"),
    ] {
        assert_eq!(policy.validate().expect_err("refused").field, field);
    }
    let mut unnamed = policy(1, json!([]));
    unnamed.kind = "First call".to_owned();
    assert_eq!(unnamed.validate().expect_err("refused").field, "kind");
    assert_eq!(
        policy(1, json!([manager(0), queue(1, "desk")])).validate(),
        Ok(())
    );
}

#[test]
fn hours_that_leave_no_time_for_a_task_are_refused() {
    let rare = read(json!({
        "zone": "UTC",
        "week": { "monday": [{ "from": "09:00", "until": "09:01" }] },
    }));
    let start = moment("2026-11-30T00:00:00Z");
    let refusal = Schedule::of(&policy(3 * 3_600, json!([])), &rare, start).expect_err("refused");
    assert_eq!(refusal.field, "hours");
    assert!(refusal.rule.contains(&MAX_SEARCH_DAYS.to_string()));
}

#[test]
fn a_closed_task_moves_no_more() {
    use TaskState::{Cancelled, Done, Open, Started};
    let refusal = Done.moved(Open).expect_err("final");
    assert_eq!(
        refusal.to_string(),
        "state: a task cannot go from done to open"
    );
    for from in TaskState::ALL {
        let reached = TaskState::ALL
            .into_iter()
            .filter(|to| from.moved(*to).is_ok());
        let expected: &[TaskState] = match from {
            Open => &[Started, Done, Cancelled],
            Started => &[Open, Done, Cancelled],
            Done | Cancelled => &[],
        };
        assert_eq!(reached.collect::<Vec<_>>(), expected, "{from}");
        assert_eq!(from.is_closed(), expected.is_empty());
        assert_eq!(from.to_string().parse(), Ok(from));
        assert_eq!(serde_json::to_value(from).expect("JSON"), from.as_str());
    }
    assert!("late".parse::<TaskState>().is_err());
}

#[test]
fn a_task_of_a_friday_is_due_on_monday_and_escalated_in_working_time() {
    let mut hours = office("Europe/Zurich");
    let policy = policy(4 * 3_600, json!([manager(0), queue(10 * 3_600, "desk")]));
    let friday = moment("2026-10-23T13:00:00Z");
    // Two hours are left of the day, and the clocks are set back on Sunday.
    let schedule = Schedule::of(&policy, &hours, friday).expect("a schedule");
    assert_eq!(schedule.due_at, moment("2026-10-26T10:00:00Z"));
    let steps = schedule.escalations.iter().map(|it| it.at);
    assert_eq!(
        steps.collect::<Vec<_>>(),
        [
            moment("2026-10-26T10:00:00Z"),
            moment("2026-10-27T12:00:00Z")
        ]
    );
    // A holiday moves everything by a day.
    hours.holidays.insert(read(json!("2026-10-26")));
    let later = Schedule::of(&policy, &hours, friday).expect("a schedule");
    assert_eq!(later.due_at, schedule.due_at.plus_secs(86_400));
}

#[test]
fn a_late_task_says_how_late_it_is_and_who_heard_of_it() {
    let hours = office("UTC");
    let policy = policy(3_600, json!([manager(0), queue(8 * 3_600, "desk")]));
    let schedule =
        Schedule::of(&policy, &hours, moment("2026-11-30T09:00:00Z")).expect("a schedule");
    let due = moment("2026-11-30T10:00:00Z");
    let at = |closed, now| Standing::at(&schedule, &hours, closed, now);

    let before = at(None, due.plus_secs(-1));
    assert_eq!(
        (before.overdue, before.late_secs, before.next_at),
        (false, 0, Some(due))
    );
    assert_eq!(before.escalated_to, []);

    let desk = moment("2026-12-01T10:00:00Z");
    let due_now = at(None, due);
    assert_eq!((due_now.overdue, due_now.next_at), (true, Some(desk)));
    assert_eq!(due_now.escalated_to, [Recipient::Manager]);

    let overnight = at(None, moment("2026-12-01T03:00:00Z"));
    assert_eq!((overnight.overdue, overnight.late_secs), (true, 7 * 3_600));

    let late = at(None, desk);
    let name = "desk".to_owned();
    assert_eq!(
        late.escalated_to,
        [Recipient::Manager, Recipient::Queue { name }]
    );
    assert_eq!((late.late_secs, late.next_at), (8 * 3_600, None));

    // What was closed stays as it was then.
    let in_time = at(Some(due.plus_secs(-1)), desk);
    assert_eq!((in_time.overdue, in_time.next_at), (false, None));
    let too_late = at(Some(due.plus_secs(60)), desk);
    assert_eq!((too_late.overdue, too_late.late_secs), (true, 60));
    assert_eq!(too_late.escalated_to, [Recipient::Manager]);
    // A task that is closed later is still open now.
    assert_eq!(at(Some(desk), due), due_now);
}

proptest! {
    #[test]
    fn following_the_next_moments_meets_every_step_and_ends(
        due_secs in 1_u32..100_000,
        lates in prop::collection::btree_set(0_u32..200_000, 0..6),
        start in 1_767_225_600_i64..1_798_761_600,
    ) {
        let hours = office("America/New_York");
        let steps: Vec<Value> = lates.iter().map(|it| manager(*it)).collect();
        let policy = policy(due_secs, steps.into());
        prop_assert_eq!(policy.validate(), Ok(()));
        let start = Timestamp::from_secs(start);
        let schedule = Schedule::of(&policy, &hours, start).expect("a schedule");
        let (mut now, mut seen) = (start, 0);
        while let Some(next) = Standing::at(&schedule, &hours, None, now).next_at {
            prop_assert!(next > now);
            let standing = Standing::at(&schedule, &hours, None, next);
            prop_assert!(standing.overdue);
            prop_assert!(standing.escalated_to.len() >= seen);
            (now, seen) = (next, standing.escalated_to.len());
        }
        prop_assert_eq!(seen, lates.len());
        if let Some(last) = lates.last() {
            let standing = Standing::at(&schedule, &hours, None, now);
            prop_assert_eq!(standing.late_secs, i64::from(*last));
        }
    }
}
