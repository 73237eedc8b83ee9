//! Supervised tasks: the first failure, Ctrl-C or SIGTERM stops all of them, the last started
//! first.
//!
//! They wait for networks and databases and take turns on one thread, that of the `LocalSet` in
//! which the supervisor is used; the API hands its requests to the other threads.

use anyhow::{Context, Result, anyhow};
use std::{future::Future, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    task::{JoinError, JoinHandle},
};
use tokio_util::sync::CancellationToken;

/// How long a task may take to stop before it is cut off.
const GRACE: Duration = Duration::from_secs(15);

/// Listens for requests to stop, Ctrl-C and SIGTERM; once it exists, they no longer end the process
/// by themselves.
pub(crate) struct Interrupt {
    ctrl_c: Signal,
    terminate: Signal,
}

impl Interrupt {
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("cannot wait for a request to stop");
        Ok(Self {
            ctrl_c: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// The output of `work`; none when a request to stop came first, even before this call.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = self.ctrl_c.recv() => None,
            _ = self.terminate.recv() => None,
            done = work => Some(done),
        }
    }
}

/// Tasks in the order in which they were started.
pub(crate) struct Supervisor {
    tasks: Vec<Task>,
    ended: (mpsc::UnboundedSender<usize>, mpsc::UnboundedReceiver<usize>),
}

struct Task {
    name: &'static str,
    cancel: CancellationToken,
    handle: Option<JoinHandle<Result<()>>>,
}

/// Why the tasks are to stop.
#[derive(Debug)]
pub(crate) enum Ended {
    /// A task came to its end.
    Finished(&'static str),
    /// A request to stop came.
    Interrupted,
}

impl Supervisor {
    pub(crate) fn new() -> Self {
        Self {
            tasks: Vec::new(),
            ended: mpsc::unbounded_channel(),
        }
    }

    /// Starts a task, which stops when its token is cancelled.
    pub(crate) fn start<F>(&mut self, name: &'static str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Result<()>> + 'static,
    {
        let cancel = CancellationToken::new();
        let future = task(cancel.clone());
        let (ended, index) = (self.ended.0.clone(), self.tasks.len());
        let handle = tokio::task::spawn_local(async move {
            // Also sent when the task is dropped, so that a panic is seen.
            let _ended = OnDrop(Some(move || {
                // The receiver is gone once the supervisor is.
                let _ = ended.send(index);
            }));
            future.await
        });
        self.tasks.push(Task {
            name,
            cancel,
            handle: Some(handle),
        });
    }

    /// Waits until a task ends or Ctrl-C is pressed, then stops all others in reverse order.
    ///
    /// # Errors
    /// The first task's failure, by name.
    pub(crate) async fn run(self) -> Result<Ended> {
        self.run_until(&mut Interrupt::listen()?).await
    }

    /// Does the same as [`Supervisor::run`], and also heeds earlier requests to stop.
    ///
    /// # Errors
    /// As [`Supervisor::run`].
    pub(crate) async fn run_until(mut self, interrupt: &mut Interrupt) -> Result<Ended> {
        let first = interrupt.or(self.ended.1.recv()).await.flatten();
        let outcome = match first.and_then(|index| self.tasks.get_mut(index)) {
            None => Ok(Ended::Interrupted),
            Some(task) => match task.handle.take() {
                None => Ok(Ended::Finished(task.name)),
                Some(handle) => {
                    result(task.name, handle.await).map(|()| Ended::Finished(task.name))
                }
            },
        };
        for task in self.tasks.iter_mut().rev() {
            let Some(mut handle) = task.handle.take() else {
                continue;
            };
            task.cancel.cancel();
            match tokio::time::timeout(GRACE, &mut handle).await {
                Ok(stopped) => {
                    if let Err(error) = result(task.name, stopped) {
                        tracing::warn!("while stopping: {error:#}");
                    }
                }
                Err(_) => {
                    tracing::warn!("{} did not stop in time and was cut off", task.name);
                    handle.abort();
                }
            }
        }
        outcome
    }
}

fn result(name: &str, ended: Result<Result<()>, JoinError>) -> Result<()> {
    match ended {
        Ok(result) => result.with_context(|| format!("{name} failed")),
        Err(error) if error.is_panic() => Err(anyhow!("{name} panicked")),
        Err(_) => Ok(()),
    }
}

struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test(flavor = "local")]
    async fn the_first_failure_stops_the_rest_in_reverse_order() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut supervisor = Supervisor::new();
        for name in ["first", "second"] {
            let order = order.clone();
            supervisor.start(name, move |cancel| async move {
                cancel.cancelled().await;
                order.lock().expect("lock").push(name);
                Ok(())
            });
        }
        supervisor.start("third", |_| async { Err(anyhow!("out of paper")) });
        let error = supervisor.run().await.expect_err("the third fails");
        assert_eq!(format!("{error:#}"), "third failed: out of paper");
        assert_eq!(*order.lock().expect("lock"), ["second", "first"]);
    }

    #[tokio::test(flavor = "local")]
    async fn a_panic_is_a_failure_with_a_name() {
        let mut supervisor = Supervisor::new();
        supervisor.start("fragile", |_| async { panic!("broken") });
        let error = supervisor.run().await.expect_err("it panics");
        assert_eq!(error.to_string(), "fragile panicked");
    }

    #[tokio::test(flavor = "local")]
    async fn a_task_that_finishes_ends_the_run() {
        let mut supervisor = Supervisor::new();
        supervisor.start("demo", |_| async { Ok(()) });
        let ended = supervisor.run().await.expect("it finishes");
        assert!(matches!(ended, Ended::Finished("demo")));
    }
}
