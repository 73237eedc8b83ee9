//! Sending through a server, and what is known afterwards.
//!
//! Law: what [`Sent`] says is certain. A message that is not sent cannot have been accepted, one
//! that is accepted was, and where the final dot may have arrived without an answer, that is said.
//! Nothing here sends a message twice: a connection that died idle is replaced only as long as DATA
//! was not asked for.

mod config;
mod connect;
mod pool;
mod transaction;

pub use config::{Security, ServerConfig};

use crate::{error::Error, letter::Letter};
use config::Checked;
use pool::Pool;
use std::fmt;
use tokio::{sync::Semaphore, time::timeout};
use transaction::Ended;

/// A server that takes mail, and the connections to it.
pub struct Server {
    checked: Checked,
    idle: Pool,
    free: Semaphore,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The server has it and answers for it from here on.
    Accepted {
        /// What it said, which often names the message in its own log.
        response: String,
    },
    /// The server said no.
    Refused {
        /// The code of its answer, 400 to 599.
        code: u16,
        /// The answer's text.
        response: String,
        /// No use in trying again: the code is 500 or more.
        is_permanent: bool,
    },
    /// Nothing can have been accepted: safe to try again.
    NotSent {
        /// Why.
        reason: String,
    },
    /// The message's final dot may have reached the server, and no answer came.
    Uncertain {
        /// Why.
        reason: String,
    },
}

impl Server {
    /// Checks the configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// A field that breaks a rule.
    pub fn new(config: ServerConfig) -> Result<Self, Error> {
        Self::with_root(config, None)
    }

    /// The same, and trusts one more root certificate, in PEM: a relay's in a network of one's own.
    ///
    /// # Errors
    /// A field that breaks a rule, `root` if it is no certificate.
    pub fn with_root(config: ServerConfig, root: Option<&[u8]>) -> Result<Self, Error> {
        let free = Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS));
        Ok(Self {
            checked: Checked::new(config, root)?,
            idle: Pool::default(),
            free,
        })
    }

    /// Sends a letter. Waits `connect_timeout` for one of the connections, as long again to open
    /// one, and `command_timeout` for each answer; twice as long where an idle connection is dead.
    pub async fn send(&self, letter: &Letter) -> Sent {
        let Ok(Ok(_permit)) = timeout(self.checked.connect_timeout, self.free.acquire()).await
        else {
            return not_sent("no connection was free within the time limit");
        };
        if let Some(mut connection) = self.idle.take() {
            let ended =
                transaction::run_again(&mut connection, letter, self.checked.command_timeout).await;
            if !matches!(ended, Ended::Dead(_)) {
                return self.conclude(connection, ended);
            }
            drop(connection);
        }
        match connect::open(&self.checked).await {
            Ok(mut connection) => {
                let ended =
                    transaction::run(&mut connection, letter, self.checked.command_timeout).await;
                self.conclude(connection, ended)
            }
            Err(reason) => Sent::NotSent { reason },
        }
    }

    /// Keeps a connection that is fit for more, and says what became of the message.
    fn conclude(&self, connection: transaction::Connection, ended: Ended) -> Sent {
        match ended {
            Ended::Accepted(response) => {
                self.idle.put(connection);
                Sent::Accepted { response }
            }
            Ended::Answered(answer) => {
                if answer.code != transaction::CLOSING {
                    self.idle.put(connection);
                }
                answer.into_sent()
            }
            Ended::Dead(reason) | Ended::BeforeDot(reason) => Sent::NotSent { reason },
            Ended::AfterDot(reason) => Sent::Uncertain { reason },
        }
    }
}

fn not_sent(reason: &str) -> Sent {
    Sent::NotSent {
        reason: reason.to_owned(),
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.checked.host)
            .field("port", &self.checked.port)
            .finish_non_exhaustive()
    }
}
