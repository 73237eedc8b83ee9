use crate::{
    arguments::{KeeperArguments, Transactions},
    chain,
    commands::{api, nodes},
    database, metrics,
    supervisor::Supervisor,
};
use anyhow::{Result, anyhow};
use solana_keypair::Keypair;
use std::{process::ExitCode, sync::Arc, time::Duration};
use tessera_indexer::node::{RpcNode, RpcNodeConfig};
use tessera_keeper::{Keeper, KeeperConfig, Outlook, Round, Versions};

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections of the keeper's pool.
const CONNECTIONS: u32 = 4;
/// Attempts of a call at all nodes together, at least one at each: a failed round is retried as a
/// whole.
const ATTEMPTS: u32 = 4;

pub(crate) async fn run(arguments: KeeperArguments) -> Result<ExitCode> {
    let handle = match arguments.metrics_listen {
        Some(_) => Some(api::install_metrics()?),
        None => None,
    };
    let key = read_key(&arguments)?;
    let pool = database::connect(
        database::OPTION,
        &arguments.database.database_url,
        CONNECTIONS,
    )
    .await?;
    let urls = &arguments.rpc.rpc_urls;
    let nodes = RpcNodeConfig {
        timeout: PATIENCE,
        attempts: u32::try_from(urls.len()).map_or(ATTEMPTS, |each| ATTEMPTS.max(each)),
        ..nodes(urls)
    };
    let rpc = chain::client(Arc::new(RpcNode::new(&nodes)?));
    let keeper = Keeper::new(rpc, pool, key, config(&arguments));
    if arguments.dry_run {
        show(&keeper.outlook().await?);
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.close_tables {
        keeper.close_tables().await?;
        say!("every lookup table of {} is closed", keeper.address());
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.once {
        let round = keeper.run_once().await?;
        report(&round, &keeper);
        return Ok(match round.purse_empty || round.remains() > 0 {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        });
    }
    let mut supervisor = Supervisor::new();
    if let (Some(address), Some(handle)) = (arguments.metrics_listen, handle) {
        let listener = api::listen("--metrics-listen", address).await?;
        supervisor.start("metrics", |cancel| metrics::serve(listener, handle, cancel));
    }
    supervisor.start(
        "keeper",
        |cancel| async move { Ok(keeper.run(cancel).await?) },
    );
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}

fn read_key(arguments: &KeeperArguments) -> Result<Keypair> {
    // The reader's error is dropped: it could quote the key.
    solana_keypair::read_keypair_file(&arguments.keeper).map_err(|_| {
        anyhow!(
            "--keeper {} is not a readable key file (a JSON array of 64 bytes)",
            arguments.keeper.display()
        )
    })
}

fn config(arguments: &KeeperArguments) -> KeeperConfig {
    KeeperConfig {
        orgs: arguments.org.clone(),
        mints: arguments.mint.clone(),
        shard: (arguments.shard.index, arguments.shard.of),
        prices: arguments
            .price
            .iter()
            .map(|it| (it.mint, it.lamports))
            .collect(),
        at_a_loss: arguments.charge_at_a_loss,
        priority_fee_cap: arguments.priority_fee_cap,
        tables: arguments.tables,
        versions: match arguments.transactions {
            Transactions::Auto => Versions::Auto,
            Transactions::V0 => Versions::Zero,
            Transactions::V1 => Versions::One,
        },
        ..KeeperConfig::default()
    }
}

fn show(outlook: &Outlook) {
    say!("purse: {} lamports", outlook.lamports);
    for mint in &outlook.opened {
        say!("open a token account of the keeper's own for mint {mint}");
    }
    for transaction in &outlook.transactions {
        say!(
            "transaction of {} bytes, {} compute units, {} lamports:",
            transaction.bytes,
            transaction.units,
            transaction.fee
        );
        for planned in &transaction.planned {
            say!("  {:?} {}", planned.task, planned.subscription);
        }
    }
    for waiting in &outlook.waiting {
        say!("leave {}: {}", waiting.subscription, waiting.reason);
    }
}

fn report(round: &Round, keeper: &Keeper) {
    say!(
        "charged {}, past due {}, lapsed {}, left alone {}, transactions {} ({} failed), fees {} lamports",
        round.charged,
        round.missed,
        round.lapsed,
        round.postponed,
        round.transactions,
        round.failed,
        round.fees
    );
    if round.remains() > 0 {
        say!(
            "left for the next time: {}, of which {} were sent and did not happen in time",
            round.remains(),
            round.expired
        );
    }
    if round.behind > 0 {
        say!(
            "the mirror was behind on {}: does its indexer run?",
            round.behind
        );
    }
    if round.purse_empty {
        say!("the purse of {} is empty", keeper.address());
    }
}
