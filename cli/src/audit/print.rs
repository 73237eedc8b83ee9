//! The audit as tables for people.

use super::Mismatch;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use tessera_client::audit::{Check, Report};

/// Findings printed one by one; the rest is counted.
const SHOWN: usize = 50;

/// Prints the report; `mirror` is what a comparison with a database found, when there was one.
pub fn print(report: &Report, mirror: Option<&[Mismatch]>) {
    let mut table = table(&["check", "checked", "wrong"]);
    for check in Check::ALL {
        let wrong = report
            .findings
            .iter()
            .filter(|finding| finding.check == check)
            .count();
        let checked = report.checked.get(&check).copied().unwrap_or(0);
        table.add_row([check.to_string(), checked.to_string(), wrong.to_string()]);
    }
    if let Some(mirror) = mirror {
        table.add_row([
            "mirror".to_owned(),
            "all".to_owned(),
            mirror.len().to_string(),
        ]);
    }
    println!("{table}");

    let mut sums = self::table(&[
        "mint",
        "paid",
        "merchant",
        "keepers",
        "commission",
        "claimed",
        "vaults",
    ]);
    for (mint, totals) in &report.totals.mints {
        let amounts = [
            totals.paid,
            totals.merchant,
            totals.keeper_fees,
            totals.commission,
            totals.claimed,
            totals.vaults,
        ];
        let mut row = vec![mint.to_string()];
        row.extend(amounts.map(|amount| amount.to_string()));
        sums.add_row(row);
    }
    println!("{sums}\n(amounts in the mint's smallest unit)");

    for notice in report.notices.iter().take(SHOWN) {
        println!(
            "notice: {}: account {}: {}",
            notice.check, notice.account, notice.detail
        );
    }
    for finding in report.findings.iter().take(SHOWN) {
        let seq = finding
            .seq
            .map_or(String::new(), |seq| format!(", receipt {seq}"));
        println!(
            "{}: account {}{seq}: {}",
            finding.check, finding.account, finding.detail
        );
    }
    for mismatch in mirror.unwrap_or_default().iter().take(SHOWN) {
        println!("mirror: {mismatch}");
    }
    let wrong = report.findings.len() + mirror.map_or(0, <[Mismatch]>::len);
    match wrong {
        0 => println!("audit: everything holds"),
        wrong => println!("audit: {wrong} mismatches"),
    }
}

/// A table whose columns after the first are numbers.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
