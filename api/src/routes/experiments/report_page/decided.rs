//! What to do, why, and what would have changed it.

use crate::schema::results::{DecidedAction, ExperimentDecision, Reason};
use maud::{Markup, html};

pub(super) fn banner(decision: &ExperimentDecision) -> Markup {
    let (class, mark, words) = match decision.action {
        DecidedAction::Ship => ("ship", "▲", "Ship"),
        DecidedAction::Stop => ("stop", "■", "Stop"),
        DecidedAction::KeepGoing => ("going", "▶", "Keep going"),
        DecidedAction::Broken => ("broken", "✕", "Do not use these figures"),
    };
    let about = match decision.action {
        DecidedAction::Ship => "Everybody should see this arm.",
        DecidedAction::Stop => "Everybody should see the base.",
        DecidedAction::KeepGoing => "Nothing is decided yet.",
        DecidedAction::Broken => "Look for the fault first.",
    };
    html! {
        section.decision.(class) {
            h2 {
                span.mark aria-hidden="true" { (mark) } " " (words)
                @if let Some(arm) = &decision.arm { " " b { (arm) } }
            }
            p { (about) }
            (reasons("Why", &decision.reasons))
            (reasons("What would have changed it", &decision.would_change))
        }
    }
}

fn reasons(title: &str, reasons: &[Reason]) -> Markup {
    html! {
        @if !reasons.is_empty() {
            h3 { (title) }
            ul { @for reason in reasons { li { (reason.text) } } }
        }
    }
}
