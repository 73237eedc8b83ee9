use crate::{arguments::MirrorArguments, commands::indexer};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(arguments: MirrorArguments) -> Result<ExitCode> {
    let mut indexer = indexer::once(&arguments).await?;
    let replayed = indexer.replay_dead_letters().await?;
    say!(
        "{} taken in, {} still not understood",
        replayed.taken,
        replayed.left
    );
    Ok(if replayed.left == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
