//! The threads that Surfpool runs on.
//!
//! The law here: its events are always drained. Their channel is bounded and lifecycle events block
//! on it, so a network whose events are not read would eventually neither start nor stop.

use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use surfpool_core::{
    runloops::start_local_surfnet_runloop,
    surfnet::{
        locker::SurfnetSvmLocker,
        svm::{SurfnetSvm, SurfnetSvmConfig},
    },
};
use surfpool_types::{
    BlockProductionMode, FifoMap, RpcConfig, SimnetCommand, SimnetConfig, SimnetEvent,
    SurfpoolConfig,
};
use tokio::sync::mpsc;

use crate::Error;

/// Number of servers that report their end: HTTP and WebSocket.
const SERVERS: usize = 2;

/// The newest transactions that the network remembers; demo and tests make fewer.
const HISTORY: usize = 100_000;

/// Reports from the threads to the waiting start.
type Ready = mpsc::UnboundedSender<Result<(), String>>;

/// Starts a network on ports for RPC and WebSocket, at a time in Unix seconds, and returns, once it
/// answers, the channel that ends it.
pub(super) async fn start(
    [rpc_port, ws_port]: [u16; 2],
    slot_time_ms: u64,
    starts_at: Option<u64>,
) -> Result<Sender<SimnetCommand>, Error> {
    let (ready_tx, mut ready_rx) = mpsc::unbounded_channel();
    let (commands_tx, commands_rx) = unbounded();
    let config = config(rpc_port, ws_port, slot_time_ms);
    let commands = commands_tx.clone();
    spawn("localnet", move || {
        if let Err(reason) = run(
            config,
            starts_at,
            commands_tx,
            commands_rx,
            ready_tx.clone(),
        ) {
            tracing::error!(reason, "the network ended");
            // The receiver exists only until the network has started.
            let _ = ready_tx.send(Err(reason));
        }
    })
    .map_err(|reason| Error::NetworkStart { reason })?;

    match ready_rx.recv().await {
        Some(Ok(())) => Ok(commands),
        Some(Err(reason)) => Err(Error::NetworkStart { reason }),
        None => Err(Error::NetworkStart {
            reason: "its thread ended".to_owned(),
        }),
    }
}

/// Offline, so that nothing is fetched from a public network; blocks by the clock, because in
/// `Transaction` mode a confirmation can wait for a transaction that never comes.
fn config(rpc_port: u16, ws_port: u16, slot_time_ms: u64) -> SurfpoolConfig {
    SurfpoolConfig {
        simnets: vec![SimnetConfig {
            offline_mode: true,
            remote_rpc_url: None,
            slot_time: slot_time_ms,
            block_production_mode: BlockProductionMode::Clock,
            instruction_profiling_enabled: false,
            ..SimnetConfig::default()
        }],
        rpc: RpcConfig {
            bind_host: "127.0.0.1".to_owned(),
            bind_port: rpc_port,
            ws_port,
            ..RpcConfig::default()
        },
        ..SurfpoolConfig::default()
    }
}

fn run(
    config: SurfpoolConfig,
    starts_at: Option<u64>,
    commands_tx: Sender<SimnetCommand>,
    commands_rx: Receiver<SimnetCommand>,
    ready: Ready,
) -> Result<(), String> {
    let simnet = &config.simnets[0];
    let (mut svm, events, geyser) = SurfnetSvm::new(SurfnetSvmConfig {
        slot_time: simnet.slot_time,
        instruction_profiling_enabled: simnet.instruction_profiling_enabled,
        // Profiles are not used, and each holds every account of its transaction three times.
        max_profiles: 1,
        ..SurfnetSvmConfig::default()
    })
    .map_err(|e| e.to_string())?;
    // Surfpool's own map copies itself for each list of signatures, and the allocator keeps room
    // for a copy on every thread that answers. This one copies a transaction at a time.
    svm.transactions = Box::new(FifoMap::new(HISTORY));
    if let Some(secs) = starts_at {
        // The times of blocks are counted from the first, and the Clock sysvar follows from them.
        svm.updated_at = secs.saturating_mul(1_000);
        svm.genesis_updated_at = svm.updated_at;
        svm.reconstruct_sysvars();
    }
    spawn("localnet-events", move || drain(&events, &ready))?;

    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime
        .block_on(start_local_surfnet_runloop(
            SurfnetSvmLocker::new(svm),
            config,
            commands_tx,
            commands_rx,
            geyser,
        ))
        .map_err(|e| e.to_string())
}

/// Reads events until the servers have ended: Surfpool's clock thread outlives its network and
/// holds a sender, so the channel itself never ends.
fn drain(events: &Receiver<SimnetEvent>, ready: &Ready) {
    let mut ended = 0;
    for event in events {
        match event {
            SimnetEvent::CoreStarted(_) => {
                let _ = ready.send(Ok(()));
            }
            SimnetEvent::Aborted(reason) => {
                tracing::error!(reason, "the network aborted");
                let _ = ready.send(Err(reason));
            }
            SimnetEvent::Shutdown => {
                ended += 1;
                if ended == SERVERS {
                    return;
                }
            }
            SimnetEvent::ErrorLog(_, text) | SimnetEvent::WarnLog(_, text) => {
                tracing::warn!("{text}");
            }
            SimnetEvent::InfoLog(_, text) | SimnetEvent::DebugLog(_, text) => {
                tracing::debug!("{text}");
            }
            _ => {}
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), String> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|e| e.to_string())
}
