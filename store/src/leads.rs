//! Scores, predictive models, deals, and what is done about leads.

pub mod arrival;
pub mod assignment;
pub mod company;
pub mod company_claim;
pub mod deal;
pub mod enrichment;
pub mod outcome;
pub mod pipeline;
pub mod prediction_model;
pub mod roi;
pub mod sales_account;
pub mod score;
pub mod task;
pub mod task_escalation;
pub mod task_policy;
pub mod team;
pub mod waiting;
