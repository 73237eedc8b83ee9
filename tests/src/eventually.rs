//! Waiting for what comes for sure.

use anyhow::{Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks again and again, until there is something or `patience` ends; a look says what it found, or in
/// what it is not there yet.
///
/// # Errors
/// A look's; what the last one said when patience ends.
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
