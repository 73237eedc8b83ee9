//! What becomes of a subscription after it was signed: trials, missed payments, ends, pauses, other
//! plans, months and metered periods. Refusals first, and what is written last.

#[path = "lifecycle/calendar.rs"]
mod calendar;
#[path = "lifecycle/cancel.rs"]
mod cancel;
#[path = "lifecycle/cancel_now.rs"]
mod cancel_now;
#[path = "lifecycle/change_later.rs"]
mod change_later;
#[path = "lifecycle/change_now.rs"]
mod change_now;
#[path = "lifecycle/change_plan.rs"]
mod change_plan;
#[path = "lifecycle/change_quotes.rs"]
mod change_quotes;
#[path = "lifecycle/changed.rs"]
mod changed;
#[path = "lifecycle/charge_up_to.rs"]
mod charge_up_to;
#[path = "lifecycle/lapse.rs"]
mod lapse;
#[path = "lifecycle/mark_past_due.rs"]
mod mark_past_due;
#[path = "lifecycle/months.rs"]
mod months;
#[path = "lifecycle/pause.rs"]
mod pause;
#[path = "lifecycle/proration.rs"]
mod proration;
#[path = "lifecycle/random.rs"]
mod random;
#[path = "lifecycle/resume.rs"]
mod resume;
#[path = "lifecycle/support.rs"]
mod support;
#[path = "lifecycle/trial.rs"]
mod trial;
