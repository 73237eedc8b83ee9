use crate::{arguments::AuditArguments, audit, chain::Chain};
use anyhow::{Context, Result};
use std::process::ExitCode;

pub(crate) async fn run(arguments: AuditArguments) -> Result<ExitCode> {
    let chain = Chain::new(&arguments.rpc.rpc_url.0);
    let same_program = match &arguments.program {
        None => None,
        Some(path) => {
            let elf = std::fs::read(path)
                .with_context(|| format!("cannot read --program {}", path.display()))?;
            let same = audit::is_deployed(&chain, &elf).await?;
            let verdict = if same { "is" } else { "is NOT" };
            println!("program: {} {verdict} what is deployed", path.display());
            Some(same)
        }
    };
    let audited = audit::run(&chain).await?;
    let mirror = match arguments.database {
        None => None,
        Some(url) => {
            let pool = tessera_store::connect(&url, 2)
                .await
                .context("cannot connect to --database")?;
            Some(audit::compare(&chain, &pool, &audited.events).await?)
        }
    };
    audit::print(&audited.report, same_program, mirror.as_deref());
    let clean = same_program != Some(false)
        && audited.report.findings.is_empty()
        && mirror.is_none_or(|found| found.is_empty());
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
