use crate::arguments::{MailArguments, MailCheckArguments, MailCommand};
use anyhow::{Context, Result};
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use std::process::ExitCode;
use tessera_mail::{CheckRequest, Checked};

pub(crate) async fn run(arguments: &MailArguments) -> Result<ExitCode> {
    match &arguments.command {
        MailCommand::Check(arguments) => check(arguments).await,
    }
}

async fn check(arguments: &MailCheckArguments) -> Result<ExitCode> {
    let pem = arguments
        .pem
        .as_ref()
        .map(|path| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        })
        .transpose()?;
    let request = CheckRequest {
        domain: &arguments.domain,
        selector: &arguments.selector,
        relay_ip: arguments.relay_ip,
        pem: pem.as_deref(),
        nameserver: arguments.nameserver,
    };
    let all = tessera_mail::check(&request).await?;
    print(&all);
    Ok(match all.iter().all(|one| one.passed) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A table, and below it what to publish, each record in a piece that can be copied.
fn print(all: &[Checked]) {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["check", "", "found"]);
    for one in all {
        let passed = if one.passed { "pass" } else { "fail" };
        table.add_row([one.what, passed, &one.found]);
    }
    say!("{table}");
    let mut records: Vec<_> = all.iter().filter_map(|one| one.publish.as_ref()).collect();
    records.dedup();
    for record in records {
        say!("\npublish at {} as TXT:\n{}", record.name, record.value);
    }
}
