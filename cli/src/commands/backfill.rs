use crate::{arguments::MirrorArguments, commands::indexer, supervisor::Interrupt};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use tessera_indexer::Progress;

pub(crate) async fn run(arguments: MirrorArguments) -> Result<ExitCode> {
    let mut indexer = indexer::once(&arguments).await?;
    let bar = ProgressBar::new_spinner();
    let seen = |progress: Progress| show(&bar, progress);
    let filled = Interrupt::listen()?.or(indexer.backfill(&seen)).await;
    bar.finish_and_clear();
    let Some(filled) = filled else {
        say!("stopped; the next one goes on from here");
        return Ok(ExitCode::FAILURE);
    };
    let filled = filled?;
    say!(
        "slot {}: {} receipts, {} accounts lack some",
        filled.final_slot,
        filled.receipts,
        filled.gaps
    );
    Ok(if filled.gaps == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The number of transactions is unknown until all are listed.
fn show(bar: &ProgressBar, progress: Progress) {
    let Progress {
        listing,
        left,
        receipts,
        ..
    } = progress;
    if listing {
        bar.set_message(format!("{left} transactions listed"));
        bar.tick();
        return;
    }
    let length = bar.length().unwrap_or(0).max(left);
    if bar.length() != Some(length) {
        bar.set_length(length);
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }
    bar.set_position(length - left);
    bar.set_message(format!("{receipts} receipts"));
}
