//! What is done about leads, through the API: who gets them, tasks, pipelines, companies, calculations.

mod appearing;
mod companies;
mod erasing;
mod look_ups;
mod pipelines;
mod roi;
mod routing;
mod tasks;
