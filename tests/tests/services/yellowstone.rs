//! The feed from Yellowstone gRPC, against a server of the real service.

mod hostile;
mod network;
mod script;
mod server;

use anyhow::Result;
use futures::{StreamExt, stream};
use script::{Sent, block, blocks, end, signature, time, update};
use server::{Server, broken, open};
use std::{sync::Arc, time::Duration};
use tessera_indexer::{
    feed::{
        Feed, FeedError, Mark, Stretch,
        yellowstone::{Yellowstone, YellowstoneConfig},
    },
    node::{RpcNode, RpcNodeConfig, Tip},
};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tonic::Status;
use yellowstone_grpc_proto::prelude::{
    SlotStatus, SubscribeUpdate, SubscribeUpdatePing, SubscribeUpdateSlot,
    subscribe_update::UpdateOneof,
};

const PATIENCE: Duration = Duration::from_secs(20);
/// Nobody is there.
const NOWHERE: &str = "http://127.0.0.1:9";
const MARK: Mark = Mark { slot: 50 };

fn config(url: &str) -> YellowstoneConfig {
    YellowstoneConfig {
        pause: Duration::from_millis(1),
        ..YellowstoneConfig::new(url, None)
    }
}

/// A feed whose node is never asked.
fn feed(config: YellowstoneConfig) -> Result<Yellowstone> {
    let node = RpcNode::new(&RpcNodeConfig::new([NOWHERE]))?;
    Ok(Yellowstone::new(config, Arc::new(node))?)
}

/// Places of everything that comes until the feed has reached `slot`, and where each stretch ends.
async fn read(feed: &mut Yellowstone, mut mark: Mark, slot: u64) -> Result<Vec<(u64, u32)>> {
    let mut places = vec![];
    while mark.slot < slot {
        let stretch = timeout(PATIENCE, feed.next(mark, PATIENCE)).await??;
        let Some(through) = stretch.through else {
            anyhow::bail!("nothing comes behind {mark:?}");
        };
        assert!(through.slot > mark.slot);
        assert_eq!(through.at, time(through.slot));
        for transaction in stretch.transactions {
            let place = transaction.place;
            assert!(place.slot <= through.slot);
            let named = signature(place.slot, u64::from(place.index));
            assert_eq!(transaction.signature, named);
            places.push((place.slot, place.index));
        }
        mark.slot = through.slot;
    }
    Ok(places)
}

fn through(slot: u64) -> Option<Tip> {
    Some(Tip {
        slot,
        at: time(slot),
    })
}

#[tokio::test]
async fn a_refused_token_is_said_without_it() -> Result<()> {
    let server = Server::start()
        .await?
        .then(|_| Err(Status::unauthenticated("token s3cr3t is unknown")));
    let mut feed = feed(YellowstoneConfig {
        token: Some("s3cr3t".to_owned()),
        pause: Duration::from_secs(60),
        ..config(&server.url)
    })?;
    let refused = feed.next(MARK, PATIENCE).await.expect_err("refused");
    assert!(matches!(refused, FeedError::Refused { .. }), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("s3cr3t"));
    // While it is not tried again, that is no quiet.
    let broken = feed.next(MARK, Duration::from_millis(100)).await;
    assert!(
        matches!(broken, Err(FeedError::Broken { .. })),
        "{broken:?}"
    );
    assert_eq!(server.asked().tokens, [Some("s3cr3t".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_token_or_an_address_that_is_none_is_refused_before_anybody_is_asked() -> Result<()> {
    let unsendable = YellowstoneConfig {
        token: Some("s3cr3t\n".to_owned()),
        ..config(NOWHERE)
    };
    for config in [unsendable, config("not an address/s3cr3t")] {
        let error = feed(config).err().expect("refused").to_string();
        assert!(!error.contains("s3cr3t"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_or_speaks_otherwise_is_broken_and_not_quiet() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let rude = listener.local_addr()?;
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let plain = Server::start().await?;
    let tls = plain.url.replace("http:", "https:");
    for url in [NOWHERE.to_owned(), format!("http://{rude}"), tls] {
        let mut feed = feed(config(&url))?;
        let broken = async {
            loop {
                let stretch = feed.next(MARK, Duration::from_millis(50)).await;
                if !matches!(stretch, Ok(Stretch { through: None, .. })) {
                    return stretch;
                }
            }
        };
        let broken = timeout(PATIENCE, broken).await?;
        assert!(
            matches!(broken, Err(FeedError::Broken { .. })),
            "{broken:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_replay_leaves_a_gap_and_is_followed_from_where_it_is() -> Result<()> {
    let refused = || Status::out_of_range("broadcast from 50 is not available, last available: 99");
    let unsupported = || Status::internal("from_slot is not supported");
    // Refused in the answer, or by the stream.
    let late = Server::start()
        .await?
        .then(move |_| Ok(broken(vec![], refused())));
    let early = Server::start().await?.then(move |_| Err(unsupported()));
    for server in [late, early] {
        // Of block 100 the beginning may be lost.
        let server =
            server.then(|_| Ok(open([block(100, 99, []), blocks(101, 103, None)].concat())));
        let mut feed = feed(config(&server.url))?;
        let gap = feed.next(MARK, PATIENCE).await;
        let Err(FeedError::Gap {
            from: 50,
            resume: Some(100),
            ..
        }) = gap
        else {
            panic!("{gap:?}");
        };
        // A source that is not further yet does not help.
        let gap = feed.next(Mark { slot: 99 }, PATIENCE).await;
        assert!(
            matches!(gap, Err(FeedError::Gap { from: 99, .. })),
            "{gap:?}"
        );
        let places = read(&mut feed, Mark { slot: 101 }, 103).await?;
        assert_eq!(places, [(102, 0), (103, 0)]);
        let asked = server.asked();
        let from = asked.subscriptions.iter().map(|request| request.from_slot);
        assert!(from.eq([Some(50), None]));
    }
    Ok(())
}

#[tokio::test]
async fn a_block_that_never_comes_is_a_gap_and_no_connection_is_lost_to_it() -> Result<()> {
    let server = Server::start()
        .await?
        .then(|_| Ok(open([blocks(51, 52, None), blocks(54, 80, None)].concat())));
    let mut feed = feed(config(&server.url))?;
    assert_eq!(read(&mut feed, MARK, 52).await?, [(51, 0), (52, 0)]);
    let gap = feed.next(Mark { slot: 52 }, PATIENCE).await;
    let Err(FeedError::Gap {
        from: 52,
        resume: Some(53),
        ..
    }) = gap
    else {
        panic!("{gap:?}");
    };
    let places = read(&mut feed, Mark { slot: 53 }, 80).await?;
    assert!(places.into_iter().eq((54..=80).map(|slot| (slot, 0))));
    assert_eq!(server.asked().subscriptions.len(), 1);
    Ok(())
}

#[tokio::test]
async fn transactions_come_in_order_and_only_of_whole_blocks() -> Result<()> {
    let slot = UpdateOneof::Slot(SubscribeUpdateSlot {
        slot: 53,
        status: SlotStatus::SlotConfirmed.into(),
        ..Default::default()
    });
    let unknown = SubscribeUpdate::default();
    let mut updates = block(51, 50, [Sent::award(7), Sent::award(300), Sent::award(2)]);
    updates.extend([unknown, update(slot)]);
    // The second of two blocks ends first, slot 52 has none, and one transaction comes late.
    updates.extend([Sent::award(1).at(53), Sent::award(4).at(54)]);
    updates.extend([end(54, 53), end(53, 51)]);
    updates.extend([Sent::award(0).at(54), Sent::award(9).at(55)]);
    let server = Server::start().await?.then(move |_| Ok(open(updates)));
    let mut feed = feed(config(&server.url))?;
    let places = read(&mut feed, MARK, 54).await?;
    let expected = [(51, 2), (51, 7), (51, 300), (53, 1), (54, 4)];
    let late = [(54, 0)];
    let in_order = places.iter().filter(|place| !late.contains(place));
    assert!(in_order.eq(&expected), "{places:?}");
    // Of block 55 there is no end.
    let quiet = feed
        .next(Mark { slot: 54 }, Duration::from_millis(200))
        .await?;
    assert_eq!(quiet, Stretch::default());
    let asked = server.asked();
    let request = &asked.subscriptions[0];
    assert_eq!(request.from_slot, Some(50));
    assert_eq!(request.commitment, Some(1));
    let ours = &request.transactions["tessera"];
    assert_eq!((ours.vote, ours.failed), (Some(false), Some(false)));
    assert_eq!(ours.account_include, [tessera_types::ID.to_string()]);
    Ok(())
}

#[tokio::test]
async fn after_a_broken_connection_what_follows_the_mark_comes_again_and_whole() -> Result<()> {
    let half = [blocks(51, 52, None), vec![Sent::award(0).at(53)]].concat();
    let dropped = Status::unavailable("shutting down");
    let server = Server::start()
        .await?
        .then(move |_| Ok(broken(half, dropped)))
        // A server that has not got over it.
        .then(|_| Err(Status::unavailable("restarting")))
        .then(|request| {
            let mut updates = blocks(45, 53, request.from_slot);
            updates.insert(0, Sent::award(0).at(53));
            updates.extend(block(54, 53, [Sent::award(0), Sent::award(0)]));
            Ok(open(updates))
        });
    let mut feed = feed(config(&server.url))?;
    let first = read(&mut feed, MARK, 52).await?;
    assert_eq!(first, [(51, 0), (52, 0)]);
    let mut second = read(&mut feed, Mark { slot: 52 }, 54).await?;
    second.retain(|(slot, _)| *slot > 52);
    assert_eq!(second, [(53, 0), (54, 0)]);
    let asked = server.asked();
    let from = asked.subscriptions.iter().map(|request| request.from_slot);
    assert!(from.eq([Some(50), Some(52), Some(52)]));
    Ok(())
}

#[tokio::test]
async fn a_mark_that_goes_back_is_served_again() -> Result<()> {
    let server = Server::start()
        .await?
        .then(|_| Ok(open(blocks(51, 53, None))))
        .then(|request| Ok(open(blocks(51, 53, request.from_slot))));
    let mut feed = feed(config(&server.url))?;
    assert_eq!(read(&mut feed, MARK, 53).await?.len(), 3);
    let mut again = read(&mut feed, Mark { slot: 51 }, 53).await?;
    again.retain(|(slot, _)| *slot > 51);
    assert_eq!(again, [(52, 0), (53, 0)]);
    assert_eq!(server.asked().subscriptions[1].from_slot, Some(51));
    Ok(())
}

#[tokio::test]
async fn a_connection_that_only_pings_is_answered_and_given_up() -> Result<()> {
    let pings = || {
        let ping = || update(UpdateOneof::Ping(SubscribeUpdatePing {}));
        stream::unfold((), move |()| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok(ping()), ()))
        })
    };
    let server = Server::start()
        .await?
        .then(move |_| Ok(pings().boxed()))
        // One that says nothing at all.
        .then(|_| Ok(open(vec![])))
        .then(|request| Ok(open(blocks(50, 51, request.from_slot))));
    let mut feed = feed(YellowstoneConfig {
        idle: Duration::from_secs(1),
        ..config(&server.url)
    })?;
    // Impatient callers do not keep it alive either.
    let read = async {
        loop {
            match feed.next(MARK, Duration::from_millis(50)).await {
                Ok(Stretch { through: None, .. }) | Err(FeedError::Broken { .. }) => {}
                other => return other,
            }
        }
    };
    let stretch = timeout(PATIENCE, read).await??;
    assert_eq!(stretch.through, through(51));
    let asked = server.asked();
    assert!(asked.later.iter().any(|request| request.ping.is_some()));
    let from = asked.subscriptions.iter().map(|request| request.from_slot);
    assert!(from.eq([Some(50), Some(50), Some(50)]));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_message_ends_the_connection_and_not_the_feed() -> Result<()> {
    let mut nameless = Sent::award(0).shown(52);
    let info = nameless.transaction.as_mut().expect("shown");
    info.signature.truncate(63);
    let mut endless = Sent::award(0);
    endless.inner[0].3 = vec![0; 5 << 20];
    let timeless = UpdateOneof::BlockMeta(Default::default());
    let odd = [
        update(UpdateOneof::Transaction(nameless)),
        update(UpdateOneof::Transaction(Default::default())),
        endless.at(52),
        update(timeless),
    ];
    let mut server = Server::start().await?;
    for odd in odd.clone() {
        server = server.then(|request| {
            let updates = [blocks(51, 51, request.from_slot), vec![odd]].concat();
            Ok(open(updates))
        });
    }
    server = server.then(|request| Ok(open(blocks(51, 52, request.from_slot))));
    let mut feed = feed(config(&server.url))?;
    read(&mut feed, MARK, 52).await?;
    assert_eq!(server.asked().subscriptions.len(), odd.len() + 1);
    Ok(())
}

/// Sends as the server's own plug-in does: into a bounded buffer, and when that is full the reader
/// is dropped.
fn hurried(updates: Vec<SubscribeUpdate>) -> server::Updates {
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        for update in updates {
            // As fast as a reader who is there can take it.
            let patience = timeout(Duration::from_millis(100), sender.send(Ok(update)));
            if !matches!(patience.await, Ok(Ok(()))) {
                let lagged = Status::resource_exhausted("lagged");
                let _ = sender.send(Err(lagged)).await;
                return;
            }
        }
        sender.closed().await;
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|update| (update, receiver))
    })
    .boxed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_dropped_and_loses_nothing() -> Result<()> {
    let last = 350;
    let thick = move |from: Option<u64>| {
        let slots = (51..=last).filter(move |slot| from.is_none_or(|from| *slot >= from));
        slots
            .flat_map(|slot| {
                let mut sent = Sent::award(0);
                sent.inner[0].3 = vec![0; 100_000];
                block(slot, slot - 1, [sent])
            })
            .collect::<Vec<_>>()
    };
    let mut server = Server::start().await?;
    for _ in 0..50 {
        server = server.then(move |request| Ok(hurried(thick(request.from_slot))));
    }
    let mut feed = feed(config(&server.url))?;
    let mut mark = MARK;
    let mut seen = vec![];
    while mark.slot < last {
        let stretch = timeout(PATIENCE, feed.next(mark, PATIENCE)).await??;
        let bytes: usize = stretch.transactions.len() * 100_000;
        assert!(bytes < 16 << 20, "{bytes} at a time");
        seen.extend(stretch.transactions.iter().map(|one| one.place.slot));
        mark.slot = stretch.through.map_or(mark.slot, |tip| tip.slot);
        if server.asked().subscriptions.len() < 4 {
            // Longer than the server waits for.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    seen.dedup();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.into_iter().filter(|slot| *slot > 50).eq(51..=last));
    let asked = server.asked();
    assert!(asked.subscriptions.len() > 1, "the reader was not dropped");
    Ok(())
}
