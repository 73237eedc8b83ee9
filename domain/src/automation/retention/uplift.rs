//! What a journey changes: those who were let in against those who were held out of it.
//!
//! Laws: a person counts once, by their first run, and not before its window has closed; one who was let in and
//! held out, because two people have become one, counts on neither side. Sums of money are integers and lose
//! nothing. What happens counts by its arrival, as it does for the runs themselves, so that what has been
//! measured does not change.

mod report;

pub use report::{ALPHA, Bounded, Compared, FEWEST_PEOPLE, KeptUplift, Tested, Uplift, Verdict};

use crate::{
    event::Event,
    experiments::moments::{MOST_MICROS, Moments, Observation},
    filter::EventFilter,
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest window, days.
pub const MAX_WINDOW_DAYS: u16 = 366;
/// Events by which money comes.
const PAYMENTS: [&str; 2] = ["charged", "subscribed"];
/// The event by which it goes back.
const REFUND: &str = "refunded";

/// What is looked for in people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome<'a> {
    /// Such an event.
    Goal(&'a EventFilter),
    /// More paid than paid back, in any mint.
    Charged,
}

/// What is measured, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// What is looked for.
    pub outcome: Outcome<'a>,
    /// For how many days from a person's entry.
    pub window_days: u16,
    /// Windows that end later are open.
    pub now: Timestamp,
    /// Of what arrived before, some is no longer kept; none where all is.
    pub known_from: Option<Timestamp>,
}

/// A run of which it was drawn whether the person is held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawnRun {
    /// When the person entered.
    pub entered_at: Timestamp,
    /// Whether they are held out.
    pub is_held_out: bool,
}

/// An event and when it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// When it arrived.
    pub at: Timestamp,
    /// The event.
    pub event: Event,
}

/// Money of one mint, in its smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// What was paid less what was paid back; negative where more was paid back.
    pub total: i128,
    /// Of those with any, their amounts in the place of millionths.
    moments: Moments,
    /// People whose amount is beyond what can be compared.
    beyond: u64,
}

/// People who entered, on one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Side {
    /// Who entered.
    pub entered: u64,
    /// Those of them whose window has not closed yet.
    pub open: u64,
    /// Those of them whose window began before what is still known.
    pub forgotten: u64,
    /// All others, who are compared.
    pub measured: u64,
    /// Those of them with the outcome.
    pub with_outcome: u64,
    /// What they paid, by mint.
    pub kept: BTreeMap<String, Kept>,
}

/// Everybody who was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Those who were let in.
    pub let_in: Side,
    /// Those who were held out.
    pub held_out: Side,
    /// Those who were both.
    pub crossed: u64,
}

impl Question<'_> {
    /// Refuses a window without bounds.
    ///
    /// # Errors
    /// When it has fewer or more days.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("window_days", self.window_days, 1..=MAX_WINDOW_DAYS)
    }

    /// When the window of an entry closes.
    fn end(&self, entered_at: Timestamp) -> Timestamp {
        entered_at.plus_secs(i64::from(self.window_days) * 86_400)
    }
}

impl Counted {
    /// Counts a person by their runs and by what arrived of them, both in any order.
    pub fn add(&mut self, question: &Question<'_>, runs: &[DrawnRun], arrived: &[Arrived]) {
        let Some(first) = runs.iter().min_by_key(|it| it.entered_at) else {
            return;
        };
        if runs.iter().any(|it| it.is_held_out != first.is_held_out) {
            self.crossed += 1;
            return;
        }
        let side = if first.is_held_out {
            &mut self.held_out
        } else {
            &mut self.let_in
        };
        side.entered += 1;
        let end = question.end(first.entered_at);
        if end > question.now {
            side.open += 1;
        } else if question.known_from.is_some_and(|it| first.entered_at < it) {
            side.forgotten += 1;
        } else {
            let within = arrived
                .iter()
                .filter(|it| it.at > first.entered_at && it.at < end);
            side.measure(question.outcome, within.map(|it| &it.event));
        }
    }
}

impl Side {
    fn measure<'a>(&mut self, outcome: Outcome<'_>, events: impl Iterator<Item = &'a Event>) {
        let mut kept: BTreeMap<&str, i128> = BTreeMap::new();
        let mut is_reached = false;
        for event in events {
            if let Outcome::Goal(goal) = outcome {
                is_reached |= goal.matches(event);
            }
            if let Some((mint, amount)) = moved(event) {
                *kept.entry(mint).or_default() += amount;
            }
        }
        if outcome == Outcome::Charged {
            is_reached = kept.values().any(|it| *it > 0);
        }
        self.measured += 1;
        self.with_outcome += u64::from(is_reached);
        for (mint, amount) in kept {
            self.kept.entry(mint.to_owned()).or_default().add(amount);
        }
    }
}

impl Kept {
    fn add(&mut self, amount: i128) {
        self.total += amount;
        match i64::try_from(amount) {
            Ok(value) if value.unsigned_abs() <= MOST_MICROS.unsigned_abs() => {
                self.moments
                    .add(&Moments::of(Observation([value, 0, 0, 0])), 1);
            }
            _ => self.beyond += 1,
        }
    }
}

/// The mint and the amount of a payment, or of one that was paid back.
fn moved(event: &Event) -> Option<(&str, i128)> {
    let is_payment = PAYMENTS.contains(&event.name.as_str());
    if !is_payment && event.name != REFUND {
        return None;
    }
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    let amount: u64 = text("amount")?.parse().ok()?;
    let amount = i128::from(amount);
    Some((text("mint")?, if is_payment { amount } else { -amount }))
}

/// The names of the events that a question heeds.
pub fn heeded(outcome: Outcome<'_>) -> Vec<String> {
    let goal = match outcome {
        Outcome::Goal(goal) => Some(goal.event.clone()),
        Outcome::Charged => None,
    };
    let money = PAYMENTS.into_iter().chain([REFUND]).map(str::to_owned);
    money.chain(goal).collect()
}
