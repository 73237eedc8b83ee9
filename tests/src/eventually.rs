//! Waits for something that must happen.

use anyhow::{Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Repeats a look until it finds something or `patience` ends; a look returns what it found, or why
/// there is nothing yet.
///
/// # Errors
/// A look's error, or the last look's reason when patience ends.
pub async fn eventually<T>(
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Result<T, String>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match look().await? {
            Ok(found) => return Ok(found),
            Err(missing) if Instant::now() > deadline => bail!(missing),
            Err(_) => sleep(LOOK).await,
        }
    }
}
