use crate::{
    arguments::SimulateArguments,
    simulation::{self, Scenario},
};
use anyhow::{Context, Result};
use std::process::ExitCode;

pub(crate) fn run(arguments: &SimulateArguments) -> Result<ExitCode> {
    let path = arguments.scenario.display();
    let text = std::fs::read_to_string(&arguments.scenario)
        .with_context(|| format!("cannot read {path}"))?;
    let scenario = Scenario::parse(&text).with_context(|| path.to_string())?;
    let figures = simulation::simulate(&scenario).with_context(|| path.to_string())?;
    match arguments.json {
        true => say!("{}", serde_json::to_string_pretty(&figures)?),
        false => simulation::print(&scenario, &figures),
    }
    Ok(ExitCode::SUCCESS)
}
