//! An indexer on a thread of its own, which therefore counts what it did by itself.

use super::{LOOK, PATIENCE};
use anyhow::{Context, Result, ensure};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    collections::BTreeMap,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tessera_indexer::{
    Indexer, IndexerConfig, IndexerError,
    node::{RpcNode, RpcNodeConfig},
};
use tessera_tests::faults::Proxy;
use tokio_util::sync::CancellationToken;

/// What an indexer runs with.
pub(super) struct Settings {
    pub(super) node: RpcNodeConfig,
    pub(super) index: IndexerConfig,
    /// How long a statement may take, and a lock be waited for.
    pub(super) statement: Duration,
}

impl Settings {
    /// Production's, with everything that is waited for short, so that a test has many rounds.
    pub(super) fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            node: RpcNodeConfig {
                timeout: Duration::from_millis(700),
                patience: Duration::from_secs(10),
                pause: Duration::from_millis(20),
                ..RpcNodeConfig::new(urls)
            },
            index: IndexerConfig {
                poll: Duration::from_millis(100),
                hint_pause: Duration::from_millis(10),
                // Long enough for a reading to become final before the next one.
                reconcile: Duration::from_secs(3),
                proof: Duration::from_millis(500),
                chunk: 50,
                ..IndexerConfig::default()
            },
            statement: Duration::from_secs(10),
        }
    }

    /// Nodes behind proxies, the first preferred.
    pub(super) fn over(proxies: &[&Proxy]) -> Self {
        Self::new(proxies.iter().map(|proxy| proxy.rpc_url()))
    }
}

/// An indexer that runs.
pub(super) struct Running {
    cancel: CancellationToken,
    crash: CancellationToken,
    counted: PrometheusHandle,
    thread: Option<JoinHandle<Result<(), IndexerError>>>,
}

impl Running {
    /// Mirrors into the database at `url`.
    pub(super) fn start(url: &str, settings: Settings) -> Result<Self> {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (cancel, crash) = (CancellationToken::new(), CancellationToken::new());
        let counted = recorder.handle();
        let node = Arc::new(RpcNode::new(&settings.node)?);
        let (url, stop, crashed) = (url.to_owned(), cancel.clone(), crash.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::spawn(move || {
            let _counts = metrics::set_default_local_recorder(&recorder);
            runtime.block_on(async {
                let pool = tessera_store::service(&url, 8, settings.statement)?;
                let mut indexer = Indexer::new(pool, node, settings.index);
                let ended = crashed.run_until_cancelled(indexer.run(stop)).await;
                ended.unwrap_or(Ok(()))
            })
        });
        Ok(Self {
            cancel,
            crash,
            counted,
            thread: Some(thread),
        })
    }

    /// What it counted under `name`, all labels together.
    pub(super) fn counted(&self, name: &str) -> u64 {
        let name = format!("tessera_indexer_{name}_total");
        let rendered = self.counted.render();
        let values = rendered
            .lines()
            .filter(|line| line.starts_with(&name))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        values.sum()
    }

    /// Ends it in good order.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.cancel.cancel();
        self.join()
    }

    /// Ends it wherever it is: nothing is released.
    pub(super) fn crash(&mut self) -> Result<()> {
        self.crash.cancel();
        self.join()
    }

    /// Waits until it ends by itself; why.
    pub(super) fn ended(&mut self) -> Result<IndexerError> {
        let begin = Instant::now();
        while self.thread.as_ref().is_some_and(|it| !it.is_finished()) {
            ensure!(begin.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(LOOK);
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => Ok(error),
            ended => anyhow::bail!("it ended without an error: {ended:?}"),
        }
    }

    fn join(&mut self) -> Result<()> {
        let thread = self.thread.take().context("it was ended before")?;
        let ended = thread.join().map_err(|_| anyhow::anyhow!("it panicked"))?;
        Ok(ended?)
    }

    /// Ends it, and prints the group's row of the fault table.
    pub(super) fn end(mut self, group: &str, proxies: &[&Proxy]) -> Result<()> {
        let mut injected: BTreeMap<String, u64> = BTreeMap::new();
        for proxy in proxies {
            for (kind, count) in proxy.injected() {
                *injected.entry(kind).or_default() += count;
            }
        }
        let injected: Vec<String> = injected
            .iter()
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        println!(
            "fault table: {group}: injected {{{}}}, corrections {}, vanished {}, missing {}, letters {}, failed rounds {}",
            injected.join(", "),
            self.counted("corrections"),
            self.counted("vanished"),
            self.counted("missing_transactions"),
            self.counted("dead_letters"),
            self.counted("failed_rounds"),
        );
        if self.thread.is_some() {
            self.stop()?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.crash.cancel();
    }
}
