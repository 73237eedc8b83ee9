//! The journeys of the presets.

use super::{LAPSED, Preset};
use crate::{
    automation::journey::{Delay, Entry, Holdout, Journey, Moment, Node, RunKey},
    filter::EventFilter,
};

const DAY_SECS: u32 = 86_400;
/// One in ten: enough to know of an effect among some thousands, and few who get no reminder.
const HOLDOUT: Holdout = Holdout { holdout_bps: 1_000 };

/// The journey of a preset.
pub(super) fn of(preset: Preset) -> Journey {
    let (entry, goal, nodes) = match preset {
        Preset::Nurturing => (
            Entry::Event(event("signed_up")),
            Some("subscribed"),
            vec![
                ("welcome", message("nurturing_welcome", "look")),
                (
                    "look",
                    wait_for("pricing_page_visited", 3, "offer", "remind"),
                ),
                ("offer", message("nurturing_offer", "end")),
                ("remind", message("nurturing_reminder", "end")),
            ],
        ),
        Preset::PastDue => (
            Entry::Subscription(Moment::PaymentMissed),
            Some("charged"),
            vec![
                ("ask", message("past_due_wallet", "three_days")),
                ("three_days", days(3, "remind")),
                ("remind", message("past_due_reminder", "four_days")),
                ("four_days", days(4, "last")),
                ("last", message("past_due_wallet", "end")),
            ],
        ),
        Preset::ApprovalRunningOut => (
            Entry::Subscription(Moment::ApprovalBelowPeriods(2)),
            None,
            vec![
                ("ask", message("approval_wallet", "week")),
                ("week", days(7, "remind")),
                ("remind", message("approval_reminder", "end")),
            ],
        ),
        Preset::TrialEnding => (
            Entry::Subscription(Moment::TrialEndsWithinDays(3)),
            Some("charged"),
            vec![("say", message("trial_ending", "end"))],
        ),
        Preset::WinBack => (
            Entry::Segment(LAPSED.to_owned()),
            Some("subscribed"),
            vec![
                ("week", days(7, "ask")),
                ("ask", message("win_back_question", "month")),
                ("month", days(30, "invite")),
                ("invite", message("win_back_invitation", "end")),
            ],
        ),
    };
    let start = nodes.first().map_or("end", |(name, _)| *name);
    Journey {
        entry,
        key: RunKey::Person,
        holdout: Some(HOLDOUT),
        goal: goal.map(event),
        start: start.to_owned(),
        nodes: nodes
            .into_iter()
            .chain([("end", Node::Exit {})])
            .map(|(name, node)| (name.to_owned(), node))
            .collect(),
    }
}

fn event(name: &str) -> EventFilter {
    EventFilter {
        event: name.to_owned(),
        conditions: Vec::new(),
    }
}

fn message(template: &str, next: &str) -> Node {
    Node::Message {
        template: template.to_owned(),
        next: next.to_owned(),
    }
}

fn days(days: u32, next: &str) -> Node {
    Node::Delay {
        until: Delay::Secs(days * DAY_SECS),
        next: next.to_owned(),
    }
}

fn wait_for(name: &str, days: u32, then: &str, otherwise: &str) -> Node {
    Node::WaitFor {
        event: event(name),
        timeout_secs: days * DAY_SECS,
        then: then.to_owned(),
        otherwise: otherwise.to_owned(),
    }
}
