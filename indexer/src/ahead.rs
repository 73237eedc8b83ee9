//! Prepares items ahead of their use, in a separate task, so that node, processor and database work
//! at the same time. The task ends with its reader, and its panic is passed on to the reader.

use std::{future::pending, panic::resume_unwind};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinError,
};
use tokio_util::task::AbortOnDropHandle;

/// Items from a task, in order.
pub(crate) struct Ahead<T> {
    items: Receiver<T>,
    task: Option<AbortOnDropHandle<()>>,
}

impl<T: Send + 'static> Ahead<T> {
    /// Spawns the task that sends the items, of which at most `most` wait to be taken.
    pub(crate) fn spawn<F>(most: usize, send: impl FnOnce(Sender<T>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, items) = channel(most);
        let task = AbortOnDropHandle::new(tokio::spawn(send(sender)));
        Self {
            items,
            task: Some(task),
        }
    }

    /// The next item; none when there are no more.
    pub(crate) async fn next(&mut self) -> Option<T> {
        let item = self.items.recv().await;
        if item.is_none()
            && let Some(task) = self.task.take()
        {
            outcome(task).await;
        }
        item
    }
}

/// Does `work` in a separate task, which goes on even while its future is not polled.
pub(crate) async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    outcome(AbortOnDropHandle::new(tokio::spawn(work))).await
}

/// The output of a task. A panic is passed on; a task that the runtime ends as it shuts down never
/// completes.
async fn outcome<T>(task: AbortOnDropHandle<T>) -> T {
    match task.await.map_err(JoinError::try_into_panic) {
        Ok(outcome) => outcome,
        Err(Ok(panic)) => resume_unwind(panic),
        Err(Err(_)) => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_made_comes_in_its_order_and_then_no_more() {
        let mut items = Ahead::spawn(1, |sender| async move {
            for item in 0..3 {
                sender.send(item).await.expect("a reader");
            }
        });
        for item in 0..3 {
            assert_eq!(items.next().await, Some(item));
        }
        assert_eq!((items.next().await, items.next().await), (None, None));
    }

    #[tokio::test]
    #[should_panic(expected = "in the task")]
    async fn a_panic_is_not_taken_for_the_end() {
        let mut items = Ahead::spawn(1, |sender| async move {
            sender.send(()).await.expect("a reader");
            panic!("in the task");
        });
        while items.next().await.is_some() {}
    }

    #[tokio::test]
    async fn the_task_ends_with_its_reader() {
        let (alive, ended) = tokio::sync::oneshot::channel::<()>();
        let items = Ahead::spawn(1, |_: Sender<()>| async move {
            let _alive = alive;
            pending::<()>().await;
        });
        drop(items);
        assert!(ended.await.is_err());
    }
}
