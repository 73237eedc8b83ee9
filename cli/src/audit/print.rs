//! The audit as tables for people.

use super::Mismatch;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use solana_signature::Signature;
use tessera_client::audit::{Check, Report};

/// Findings of a kind that are printed one by one; the rest is counted.
const SHOWN: usize = 50;

/// What one check found: its name, how much it checked, how much of that is wrong.
type Row = (String, String, usize);

/// Prints the report; `same_program` and `mirror` are what comparisons with a program's bytes and
/// with a database found, when there were any.
pub fn print(report: &Report, same_program: Option<bool>, mirror: Option<&[Mismatch]>) {
    let rows = rows(report, same_program, mirror);
    let mut table = table(&["check", "checked", "wrong"]);
    for (name, checked, wrong) in &rows {
        table.add_row([name, checked, &wrong.to_string()]);
    }
    say!("{table}");

    let mut sums = self::table(&[
        "mint",
        "paid",
        "merchant",
        "keepers",
        "commission",
        "refunded",
        "claimed",
        "vaults",
    ]);
    for (mint, totals) in &report.totals.mints {
        let amounts = [
            totals.paid,
            totals.merchant,
            totals.keeper_fees,
            totals.commission,
            totals.refunded,
            totals.claimed,
            totals.vaults,
        ];
        let mut row = vec![mint.to_string()];
        row.extend(amounts.map(|amount| amount.to_string()));
        sums.add_row(row);
    }
    say!("{sums}\n(amounts in the mint's smallest unit)");

    some(&report.notices, None, |notice| {
        say!(
            "notice: {}: account {}: {}",
            notice.check,
            notice.account,
            notice.detail
        );
    });
    let wrong = report.wrong.values().sum::<u64>();
    some(&report.findings, usize::try_from(wrong).ok(), |finding| {
        let seq = finding
            .seq
            .map_or(String::new(), |seq| format!(", receipt {seq}"));
        let transaction = finding.transaction.map_or(String::new(), |it| {
            format!(", transaction {}", Signature::from(it))
        });
        say!(
            "{}: account {}{seq}{transaction}: {}",
            finding.check,
            finding.account,
            finding.detail
        );
    });
    some(mirror.unwrap_or_default(), None, |mismatch| {
        say!("mirror: {mismatch}");
    });
    say!("audit: {}", verdict(&rows));
}

/// Prints the first of `found` and the number of the others; `all` is their total number, where not
/// all were kept.
fn some<T>(found: &[T], all: Option<usize>, print: impl Fn(&T)) {
    found.iter().take(SHOWN).for_each(print);
    if let Some(line) = more(found.len(), all) {
        say!("{line}");
    }
}

/// The line about those that are not printed.
fn more(kept: usize, all: Option<usize>) -> Option<String> {
    let all = all.unwrap_or(kept).max(kept);
    let left = all.checked_sub(SHOWN).filter(|left| *left > 0)?;
    let listed = match kept < all {
        true => format!("--json lists the first {kept} of {all}"),
        false => "--json lists all".to_owned(),
    };
    Some(format!("... and {left} more; {listed}"))
}

fn rows(report: &Report, same_program: Option<bool>, mirror: Option<&[Mismatch]>) -> Vec<Row> {
    let program =
        same_program.map(|same| ("program".to_owned(), "1".to_owned(), usize::from(!same)));
    let checks = Check::ALL.into_iter().map(|check| {
        let wrong = report.wrong.get(&check).copied().unwrap_or(0);
        let wrong = usize::try_from(wrong).unwrap_or(usize::MAX);
        let checked = report.checked.get(&check).copied().unwrap_or(0);
        (check.to_string(), checked.to_string(), wrong)
    });
    let mirror = mirror.map(|found| ("mirror".to_owned(), "all".to_owned(), found.len()));
    program.into_iter().chain(checks).chain(mirror).collect()
}

/// Whether everything holds and, if not, which checks do not.
fn verdict(rows: &[Row]) -> String {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(_, _, wrong)| *wrong > 0)
        .map(|(name, _, wrong)| format!("{name} {wrong}"))
        .collect();
    let noun = match rows.iter().map(|(_, _, wrong)| wrong).sum() {
        0 => return "everything holds".to_owned(),
        1 => "1 mismatch".to_owned(),
        many => format!("{many} mismatches"),
    };
    format!("{noun}: {}", wrong.join(", "))
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

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_client::{
        audit::{Snapshot, audit},
        types::ID,
    };

    #[test]
    fn what_is_not_printed_is_counted() {
        assert_eq!(more(SHOWN, None), None);
        assert_eq!(more(0, Some(0)), None);
        let said = |kept, all| more(kept, all).expect("more");
        assert_eq!(said(51, None), "... and 1 more; --json lists all");
        assert_eq!(
            said(1_000, Some(1_234)),
            "... and 1184 more; --json lists the first 1000 of 1234"
        );
    }

    #[test]
    fn the_last_line_names_what_does_not_hold() {
        let mut report = audit(&Snapshot::default());
        let said = |report: &Report, program, mirror| verdict(&rows(report, program, mirror));
        assert_eq!(said(&report, None, None), "everything holds");
        assert_eq!(said(&report, Some(true), Some(&[])), "everything holds");
        assert_eq!(
            said(&report, Some(false), Some(&[])),
            "1 mismatch: program 1"
        );
        report.wrong.insert(Check::Receipts, 1);
        let mirror = [Mismatch::Row(ID), Mismatch::Stray(ID)];
        assert_eq!(
            said(&report, Some(false), Some(&mirror)),
            "4 mismatches: program 1, receipts 1, mirror 2"
        );
    }
}
