//! What becomes of a subscription after it was signed: trials, missed payments, ends, pauses, other
//! plans, months and metered periods. Refusals first, and what is written last.

mod calendar;
mod cancel;
mod cancel_now;
mod change_back;
mod change_later;
mod change_now;
mod change_plan;
mod change_quotes;
mod changed;
mod charge_up_to;
mod lapse;
mod mark_past_due;
mod months;
mod no_usage;
mod pause;
mod proration;
mod resume;
mod support;
mod trial;
